"""Three clocks brought together: the programme's own, the worker's media time, a recording's time stamps."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
from fragment_audio import m4a
from live.feed import Event
from media_service.testmedia.media import Media, SoundSeen
from speech import RATE_HZ
from sts_service.audio import resample

from e2e.talk import Talk

Mono = npt.NDArray[np.float32]
FPS = 30


def programme_s(media: Media) -> float:
    """What to take from a time stamp of this recording, in seconds, for the programme's time."""
    if not media.frames:
        raise ValueError("no pictures")
    return median(frame.pts_ns / 1e9 - frame.mark.number / FPS for frame in media.frames if frame.mark)


def heard(sound: SoundSeen, ahead_s: float, length_s: float) -> Mono:
    """16 kHz mono, from the programme's instant 0 on; silence where the recording has nothing."""
    mono = resample(sound.mono, sound.rate_hz, RATE_HZ)
    begins = round((sound.pts_ns[0] / 1e9 - ahead_s) * RATE_HZ)
    whole = np.zeros(round(length_s * RATE_HZ), np.float32)
    source, target = max(0, -begins), max(0, begins)
    part = mono[source : source + len(whole) - target]
    whole[target : target + len(part)] = part
    return whole


def media_zero_s(talk: Talk, slots: Sequence[Event], segments: Path) -> float:
    """The worker's media time 0 in the programme's time: by where in the talk its segments' sound is."""
    found = []
    for slot in slots[1:4]:
        file = segments / f"{slot['batch_number']:06d}_audio.m4a"
        samples, rate_hz = m4a.decode(file.read_bytes())
        place = _place(resample(samples.mean(axis=1), rate_hz, RATE_HZ), talk.voice)
        found.append(place / RATE_HZ - slot["start_ns"] / 1e9)
    return float(median(found))


def _place(part: Mono, whole: Mono) -> int:
    """The first sample of `whole` that `part` resembles."""
    size = len(part) + len(whole)
    product = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size)), size)
    best = int(np.argmax(product))
    return best if best < len(whole) else best - size
