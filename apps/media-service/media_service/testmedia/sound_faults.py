"""What a listener would notice: gaps, silence, clicks; and how loud it is."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from media_service.testmedia.media import BREAK_NS, PacketSeen, SoundSeen

_WINDOW_S = 0.010
_HIGHPASS_HZ = 9_000
_TAPS = 95
_NEAR_S, _SELF_S = 0.060, 0.002
_SMEAR_NS = 40_000_000
"""A lossy encoder smears a click over two of its blocks."""


@dataclass(frozen=True)
class Break:
    """Positive: nothing for so long; negative: so much sound for an instant that had its own."""

    at_ns: int
    length_ms: float


@dataclass(frozen=True)
class Span:
    start_ns: int
    end_ns: int

    @property
    def length_ms(self) -> float:
        return (self.end_ns - self.start_ns) / 1e6


@dataclass(frozen=True)
class Click:
    at_ns: int
    level_dbfs: float
    """of what it has above the programme's own band"""
    above_db: float
    """over its surroundings"""


@dataclass(frozen=True)
class Loudness:
    integrated_lufs: float
    true_peak_dbtp: float
    short_term_lufs: list[float]
    """at the end of each full second, from the third"""


def breaks(sound: SoundSeen, *, tolerance_ns: int = BREAK_NS) -> list[Break]:
    """Where a frame's PTS is not where the samples before it end."""
    steps = np.diff(sound.errors_ns())
    return [
        Break(int(sound.pts_ns[frame + 1]), float(steps[frame]) / 1e6)
        for frame in np.flatnonzero(np.abs(steps) > tolerance_ns)
    ]


def drift_ms(sound: SoundSeen) -> float:
    """How far the time stamps have run ahead of the samples from start to end: 0 when sample count = time."""
    errors, few = sound.errors_ns(), 12
    return float(errors[-few:].mean() - errors[:few].mean()) / 1e6


def backwards(packets: list[PacketSeen]) -> int:
    """Packets whose DTS is not after the one before."""
    stamps = [packet.dts_ns for packet in packets if packet.dts_ns is not None]
    return sum(after <= before for before, after in pairwise(stamps))


def silences(sound: SoundSeen, *, least_ms: float = 100, below_dbfs: float = -60) -> list[Span]:
    """Where nothing is heard on any channel."""
    block = round(_WINDOW_S * sound.rate_hz)
    count = len(sound.samples) // block
    power = (sound.samples[: count * block] ** 2).reshape(count, block, -1).mean(axis=1).max(axis=1)
    quiet = np.concatenate([[False], power < 10 ** (below_dbfs / 10), [False]])
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8)))
    steady = sound.steady_ns()
    spans = [
        Span(round(sound.time_ns(first * block, steady)), round(sound.time_ns(last * block - 1, steady)))
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]
    return [span for span in spans if span.length_ms >= least_ms]


def clicks(sound: SoundSeen, *, least_dbfs: float = -66, least_above_db: float = 18) -> list[Click]:
    """Short bursts above 9 kHz, where the programme has nothing: a cut waveform has something everywhere."""
    out: list[Click] = []
    rate = sound.rate_hz
    if rate < 3 * _HIGHPASS_HZ:
        raise ValueError(f"clicks cannot be told from the programme at {rate} Hz")
    steady = sound.steady_ns()
    for channel in range(sound.samples.shape[1]):
        high = np.abs(_highpass(sound.samples[:, channel], rate))
        # The loudest of each millisecond, and what is usual around it.
        block = rate // 1000
        peaks = high[: len(high) // block * block].reshape(-1, block).max(axis=1)
        near, own = round(_NEAR_S * 1000), round(_SELF_S * 1000)
        padded = np.pad(peaks, near, mode="edge")
        around = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1)
        around = np.concatenate([around[:, : near - own], around[:, near + own + 1 :]], axis=1)
        usual = np.maximum(np.median(around, axis=1), 1e-7)
        largest = np.lib.stride_tricks.sliding_window_view(padded, 2 * own + 1)[near - own :].max(axis=1)
        loud = (peaks >= 10 ** (least_dbfs / 20)) & (peaks >= usual * 10 ** (least_above_db / 20))
        for index in np.flatnonzero(loud & (peaks == largest[: len(peaks)])):
            at_ns = round(sound.time_ns(int(index) * block, steady))
            level = float(20 * np.log10(peaks[index]))
            out.append(Click(at_ns, level, level - float(20 * np.log10(usual[index]))))
    return _apart(out)


def _apart(found: list[Click]) -> list[Click]:
    """Of those so near that they are one and its smear, or one on two channels, the loudest."""
    kept: list[Click] = []
    for click in sorted(found, key=lambda click: -click.level_dbfs):
        if all(abs(click.at_ns - other.at_ns) > _SMEAR_NS for other in kept):
            kept.append(click)
    return sorted(kept, key=lambda click: click.at_ns)


def loudness(sound: SoundSeen) -> Loudness:
    import pyebur128  # type: ignore[import-untyped]

    channels = sound.samples.shape[1]
    mode = pyebur128.MeasurementMode
    state = pyebur128.R128State(channels, sound.rate_hz, mode.MODE_I | mode.MODE_S | mode.MODE_TRUE_PEAK)
    short = []
    for start in range(0, len(sound.samples), sound.rate_hz):
        part = np.ascontiguousarray(sound.samples[start : start + sound.rate_hz])
        state.add_frames(part.reshape(-1), len(part))
        if start >= 2 * sound.rate_hz and len(part) == sound.rate_hz:
            short.append(pyebur128.get_loudness_shortterm(state))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in range(channels))
    return Loudness(pyebur128.get_loudness_global(state), 20 * float(np.log10(max(peak, 1e-9))), short)


def _highpass(channel: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    """A windowed sinc, a block at a time; as long as what came in and without delay."""
    middle = np.arange(_TAPS) - _TAPS // 2
    low = 2 * _HIGHPASS_HZ / rate * np.sinc(2 * _HIGHPASS_HZ / rate * middle) * np.hamming(_TAPS)
    taps = -low / low.sum()
    taps[_TAPS // 2] += 1
    block = 1 << 15
    spectrum = np.fft.rfft(taps, 2 * block)
    out = np.zeros(len(channel) + _TAPS - 1)
    for start in range(0, len(channel), block):
        part = channel[start : start + block]
        piece = np.fft.irfft(np.fft.rfft(part, 2 * block) * spectrum, 2 * block)
        out[start : start + len(part) + _TAPS - 1] += piece[: len(part) + _TAPS - 1]
    return out[_TAPS // 2 : _TAPS // 2 + len(channel)].astype(np.float32)
