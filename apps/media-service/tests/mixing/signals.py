"""Sounds that the tests of the mix inject, and ways to read what came out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyebur128  # type: ignore[import-untyped]
from media_service.mix import Mixer, Operator, Part, Play
from media_service.timeline.units import RATE_HZ, Sound

SECOND = RATE_HZ
MS = RATE_HZ // 1000


def constant(value: float, length: int) -> Sound:
    return np.full((length, 2), value, np.float32)


def stereo(mono: npt.NDArray[Any]) -> Sound:
    return np.repeat(mono.astype(np.float32)[:, np.newaxis], 2, axis=1)


def noise(length: int, level: float, seed: int = 1) -> Sound:
    """White, `level` is the standard deviation."""
    return (np.random.default_rng(seed).standard_normal((length, 2)) * level).astype(np.float32)


def tone(length: int, hertz: float, level: float, phase: float = 0.0) -> Sound:
    time_s = np.arange(length) / RATE_HZ
    return stereo(level * np.sin(2 * np.pi * hertz * time_s + phase))


def speech_like(length: int, lufs: float, seed: int = 1) -> Sound:
    """Syllables of noise with a voice's tilt, four a second, at that loudness."""
    rough = np.random.default_rng(seed).standard_normal(length + 8)
    voice = np.convolve(rough, np.hanning(9), "valid")
    syllables = 0.1 + np.abs(np.sin(2 * np.pi * 2 * np.arange(length) / RATE_HZ + seed))
    sound = stereo(voice * syllables * 0.01)
    return sound * np.float32(10 ** ((lufs - loudness_of(sound)) / 20))


def loudness_of(sound: Sound) -> float:
    """Integrated, LUFS, as the library itself gates it."""
    meter = pyebur128.R128State(2, RATE_HZ, pyebur128.MeasurementMode.MODE_I)
    meter.add_frames(np.ascontiguousarray(sound).reshape(-1), len(sound))
    return float(pyebur128.get_loudness_global(meter))


def true_peak_dbtp(sound: Sound) -> float:
    mode = pyebur128.MeasurementMode.MODE_TRUE_PEAK
    meter = pyebur128.R128State(2, RATE_HZ, mode)
    meter.add_frames(np.ascontiguousarray(sound).reshape(-1), len(sound))
    peak = max(pyebur128.get_true_peak(meter, channel) for channel in (0, 1))
    return float(20 * np.log10(max(peak, 1e-9)))


def dubbed(start: int, dub: Sound, *speech: tuple[int, int]) -> Part:
    return Part(start, start + len(dub), Play.DUB, dub, speech)


def original_part(start: int, length: int) -> Part:
    return Part(start, start + length, Play.ORIGINAL, None)


def silent_part(start: int, length: int) -> Part:
    return Part(start, start + length, Play.SILENCE, None)


def heard(
    mixer: Mixer,
    original: Sound,
    parts: Sequence[Part],
    *,
    chunks: Sequence[int] = (40 * MS,),
    operators: Sequence[tuple[int, Operator]] = (),
) -> Sound:
    """The programme without the lag. Chunk sizes are taken in turn; a call also ends where a part does or
    where the operator chooses."""
    first = parts[0].start
    result = []
    turn = 0
    operator: Operator = "dub"
    for number, part in enumerate(parts):
        following = parts[number + 1].play if number + 1 < len(parts) else None
        position = part.start
        while position < part.end:
            for at, choice in operators:
                if at == position:
                    operator = choice
            stops = [at for at, _ in operators if at > position]
            end = min([part.end, position + chunks[turn % len(chunks)], *stops])
            turn += 1
            sound = original[position - first : end - first]
            piece = mixer.render(position, sound, part, following, operator)
            assert len(piece) == len(sound)
            result.append(piece)
            position = end
    result.append(mixer.flush())
    return np.concatenate(result)[mixer.lag :]
