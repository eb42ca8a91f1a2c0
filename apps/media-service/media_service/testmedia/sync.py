"""Says how far flashes and beeps are apart: positive is sound that comes late."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from media_service.testmedia.beeps import Beep
from media_service.testmedia.media import FrameSeen

FLASH_LUMA = 225
_FARTHEST_NS = 450_000_000
"""Of a beep whose number cannot be read from its flash."""


@dataclass(frozen=True)
class Flash:
    pts_ns: int
    second: int | None
    """modulo 256"""


@dataclass(frozen=True)
class Offset:
    second: int | None
    pts_ns: int
    late_ms: float


@dataclass(frozen=True)
class Sync:
    """Milliseconds by which sound is later than picture."""

    offsets: list[Offset]
    median_ms: float
    min_ms: float
    max_ms: float
    std_ms: float
    slope_ms_per_minute: float
    slope_error_ms_per_minute: float
    unpaired_flashes: int
    unpaired_beeps: int


def flashes(frames: list[FrameSeen]) -> list[Flash]:
    """In the order of presentation; a flash that the recording begins with has no onset."""
    found = []
    for before, frame in pairwise(frames):
        if frame.luma > FLASH_LUMA >= before.luma:
            found.append(Flash(frame.pts_ns, frame.mark.second if frame.mark else None))
    return found


def measure(seen: list[Flash], heard: list[Beep]) -> Sync | None:
    """None when no flash has a beep."""
    offsets = []
    paired: set[int] = set()
    for flash in seen:
        index = _partner(flash, heard)
        if index is not None:
            paired.add(index)
            offsets.append(Offset(flash.second, flash.pts_ns, (heard[index].pts_ns - flash.pts_ns) / 1e6))
    if not offsets:
        return None
    late = np.array([offset.late_ms for offset in offsets])
    minutes = np.array([offset.pts_ns for offset in offsets]) / 60e9
    slope, error = _slope(minutes, late)
    return Sync(
        offsets,
        float(np.median(late)),
        float(late.min()),
        float(late.max()),
        float(late.std()),
        slope,
        error,
        len(seen) - len(offsets),
        len(heard) - len(paired),
    )


def _partner(flash: Flash, heard: list[Beep]) -> int | None:
    """The nearest beep that bears the flash's number; where one of them bears none, the nearest at all."""
    candidates = [
        (abs(beep.pts_ns - flash.pts_ns), index)
        for index, beep in enumerate(heard)
        if beep.second is not None and beep.second == flash.second
    ] or [
        (abs(beep.pts_ns - flash.pts_ns), index)
        for index, beep in enumerate(heard)
        if (beep.second is None or flash.second is None) and abs(beep.pts_ns - flash.pts_ns) < _FARTHEST_NS
    ]
    return min(candidates)[1] if candidates else None


def _slope(minutes: npt.NDArray[np.float64], late: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Least squares, with its standard error; nan where there are too few to tell."""
    if len(late) < 3 or np.ptp(minutes) == 0:
        return float("nan"), float("nan")
    centred = minutes - minutes.mean()
    slope = float(np.dot(centred, late) / np.dot(centred, centred))
    rest = late - late.mean() - slope * centred
    error = float(np.sqrt(np.dot(rest, rest) / (len(late) - 2) / np.dot(centred, centred)))
    return slope, error
