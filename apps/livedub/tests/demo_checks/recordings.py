"""Recordings that were never recorded: frames with their numbers, and a sound."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from media_service.testmedia.media import FrameSeen, Media, PacketSeen, SoundSeen
from media_service.testmedia.strip import Mark

RATE_HZ = 48_000
FPS = 25
Mono = npt.NDArray[np.float32]


def recording(sound: Mono, *, first_number: int = 0, first_s: float = 0.0, sound_s: float = 0.0) -> Media:
    """Frames from `first_number` on at `first_s`; the sound begins `sound_s` later than they do."""
    count = int(len(sound) / RATE_HZ * FPS)
    frames = [
        FrameSeen(round((first_s + number / FPS) * 1e9), 100.0, Mark(first_number + number, 0), (960, 540))
        for number in range(count)
    ]
    packets = [
        PacketSeen("video", b"", frame.pts_ns, frame.pts_ns, number * 100, number % 50 == 0)
        for number, frame in enumerate(frames)
    ]
    heard = SoundSeen(
        np.repeat(sound[:, None], 2, axis=1),
        RATE_HZ,
        np.zeros(1, np.int64),
        np.array([round((first_s + sound_s) * 1e9)], np.int64),
    )
    return Media(Path("none"), {"video": "h264", "audio": "aac"}, {}, packets, frames, heard)


def babble(seconds: float, seed: int, *, level: float = 0.1) -> Mono:
    """Bursts of noise in the band of speech, with pauses."""
    dice = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    bins = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum = np.fft.rfft(dice.standard_normal(count))
    spectrum[(bins < 200) | (bins > 3500)] = 0
    noise = np.fft.irfft(spectrum, count)
    bursts = np.repeat(dice.random(count // 9600 + 1) > 0.3, 9600)[:count]
    return np.asarray(level * noise / noise.std() * bursts, np.float32)
