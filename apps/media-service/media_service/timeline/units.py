"""The units of media time: nanoseconds, and samples of the lane (48 kHz stereo), both integers."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
CHANNELS = 2
SECOND_NS = 1_000_000_000
MS_NS = 1_000_000

Clock = Callable[[], int]
"""Nanoseconds of a clock that never goes back."""

Sound = npt.NDArray[np.float32]
"""Shape (samples, 2), full scale +-1.0, at `RATE_HZ`."""


def samples_of(ns: int, rate_hz: int = RATE_HZ) -> int:
    """The sample nearest to a time."""
    return (ns * rate_hz * 2 + SECOND_NS) // (2 * SECOND_NS)


def ns_of(samples: int, rate_hz: int = RATE_HZ) -> int:
    """The time nearest to a sample."""
    return (samples * SECOND_NS * 2 + rate_hz) // (2 * rate_hz)
