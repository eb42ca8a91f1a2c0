"""Finds the beeps in a recording's sound, to some microseconds, and reads their numbers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media_service.testmedia.media import Samples, SoundSeen
from media_service.testmedia.programme import (
    BEEP_EDGE_S,
    BEEP_HZ,
    BEEP_S,
    CODE_S,
    CODE_STARTS_S,
    HIGH_CODES_HZ,
    LOW_CODES_HZ,
)

_WINDOW_S = 0.008


@dataclass(frozen=True)
class Beep:
    pts_ns: float
    """of its onset"""
    second: int | None
    """modulo 256"""
    level_dbfs: float


def beeps(sound: SoundSeen, *, least_dbfs: float = -40.0) -> list[Beep]:
    rate, mono = sound.rate_hz, sound.mono
    level = tone_level(mono, rate, BEEP_HZ)
    least = 10 ** (least_dbfs / 20)
    length = round(BEEP_S * rate)
    steady = sound.steady_ns()
    found: list[Beep] = []
    above = np.concatenate([[False], level > least / 2, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    for rise, fall in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        middle = (rise + fall) // 2
        height = float(np.median(level[middle - length // 5 : middle + length // 5]))
        if not 0.8 * length < fall - rise < 2 * length or height < least:
            continue
        over = np.flatnonzero(level[rise:fall] >= height / 2) + rise
        coarse = (over[0] + over[-1] - length) / 2
        onset = _by_phase(mono, rate, coarse)
        if 0.8 * length < over[-1] - over[0] < 1.2 * length:
            at_ns = sound.time_ns(onset, steady)
            found.append(Beep(at_ns, _number(mono, rate, onset), 20 * float(np.log10(height))))
    return found


def _by_phase(mono: Samples, rate: int, coarse: float) -> float:
    """The onset, as the tone's own phase tells it.

    Its outline, taken at half height on both sides, is right to half a period; a lossy encoder smears that,
    but leaves the phase alone.
    """
    first, last = round(coarse + 2 * BEEP_EDGE_S * rate), round(coarse + (BEEP_S - 2 * BEEP_EDGE_S) * rate)
    part = mono[max(0, first) : last]
    time = (np.arange(len(part)) + max(0, first) - coarse) / rate
    turned = np.dot(part * np.hanning(len(part)), np.exp(-2j * np.pi * BEEP_HZ * time))
    ahead = float(np.angle(turned * 1j)) / (2 * np.pi * BEEP_HZ)
    return coarse - ahead * rate


def tone_level(mono: npt.NDArray[np.float32], rate: int, hz: float) -> npt.NDArray[np.float64]:
    """Peak amplitude of the tone at `hz`, sample by sample."""
    window = np.hanning(2 * round(_WINDOW_S * rate / 2) + 1)
    turned = mono * np.exp(-2j * np.pi * hz / rate * np.arange(len(mono)))
    size = len(mono) + len(window) - 1
    block = 1 << 16
    out = np.zeros(size, np.complex128)
    spectrum = np.fft.fft(window / window.sum(), 2 * block)
    for start in range(0, len(mono), block):
        part = turned[start : start + block]
        piece = np.fft.ifft(np.fft.fft(part, 2 * block) * spectrum)[: len(part) + len(window) - 1]
        out[start : start + len(piece)] += piece
    return 2 * np.abs(out[len(window) // 2 : len(window) // 2 + len(mono)])


def _number(mono: npt.NDArray[np.float32], rate: int, onset: float) -> int | None:
    first = round(onset + (CODE_STARTS_S + 0.008) * rate)
    part = mono[first : first + round((CODE_S - 0.016) * rate)]
    if first < 0 or len(part) < 0.05 * rate:
        return None
    time = np.arange(len(part)) / rate
    window = np.hanning(len(part))
    second = 0
    for place, table in enumerate((LOW_CODES_HZ, HIGH_CODES_HZ)):
        levels = [abs(np.dot(part * window, np.exp(-2j * np.pi * hz * time))) for hz in table]
        best, next_best = np.argsort(levels)[::-1][:2]
        if levels[best] < 1.5 * levels[next_best]:
            return None
        second += int(best) << 4 * place
    return second
