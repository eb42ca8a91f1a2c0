"""The true peak: that of the curve between the samples, by fourfold oversampling (ITU-R BS.1770, annex 2)."""

import numpy as np
import numpy.typing as npt

from fragment_audio.samples import Samples

REACH = 6
"""Samples to each side of a point between two samples that are used for it."""

LEFT = REACH
RIGHT = REACH
"""Samples before and after a block of which its true peak is made."""


def _phases() -> list[npt.NDArray[np.float32]]:
    """The sinc under a Hann window, for each quarter between two samples."""
    phases = []
    for fraction in (0.25, 0.5, 0.75):
        distance = np.arange(1 - REACH, REACH + 1) - fraction
        window = 0.5 + 0.5 * np.cos(np.pi * distance / REACH)
        phases.append((np.sinc(distance) * window).astype(np.float32))
    return phases


_PHASES = _phases()

OVERSHOOT = max(float(np.abs(phase).sum()) for phase in _PHASES)
"""No true peak is above the highest sample around it by more than this factor."""


def true_peaks(region: Samples, blocks: int, block: int, harmless: float) -> list[float]:
    """Of each block, the steps into and out of it included.

    The region begins `LEFT` samples before the first block and ends `RIGHT` after the last one. Where no
    sample of a block reaches `harmless`, its highest sample is taken.
    """
    width = LEFT + block + RIGHT
    windows = np.lib.stride_tricks.sliding_window_view(region, width, axis=0)[::block]
    windows = windows[:blocks].swapaxes(1, 2)
    peaks = np.maximum(windows.max(axis=(1, 2)), -windows.min(axis=(1, 2)))
    loud = np.flatnonzero(peaks >= harmless)
    if len(loud):
        peaks[loud] = _oversampled(np.ascontiguousarray(windows[loud]))
    return [float(peak) for peak in peaks]


def _oversampled(windows: Samples) -> npt.NDArray[np.float32]:
    """Tap by tap and not as a matrix product, whose rounding depends on how many blocks there are."""
    count = windows.shape[1] - 2 * REACH + 1
    own = np.abs(windows[:, REACH - 1 : REACH + count]).max(axis=(1, 2))
    for phase in _PHASES:
        curve = np.zeros((len(windows), count, windows.shape[2]), np.float32)
        for tap, weight in enumerate(phase):
            curve += weight * windows[:, tap : tap + count]
        own = np.maximum(own, np.abs(curve).max(axis=(1, 2)))
    return np.asarray(own, np.float32)
