"""Where a dub goes and how fast it is. Pure; lengths are samples at the slot's rate."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["success", "partial", "failed"]

SUCCESS_PERCENT = 10.0
PARTIAL_PERCENT = 20.0
"""Of the slot, by which a dub may stick out."""

NOT_WORTH_IT = 0.02
"""Of the source's speech: a dub shorter by less than this is not slowed down. Nobody hears it, and stretching
costs more than all else around the engines.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """The slot and what was said in it."""

    slot: int
    """Samples."""
    rate_hz: int
    onset: int
    """Sample of the slot at which the source's speech begins."""
    end: int
    """And the one after its last."""
    loudness_lufs: float | None = None
    """Of the source's speech, as `loudness_lufs` measures it; None leaves the dub as loud as it is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much slower or faster than natural a dub may be, the engine's own rate control included."""

    speed_min: float = 0.8
    speed_max: float = 1.2


@dataclass(frozen=True, slots=True)
class Plan:
    speed: float
    """By which to stretch: over 1 is shorter."""
    length: int
    """Samples of the dub after that."""
    onset: int
    kept: int
    """Samples of it that lie in the slot."""
    variance_percent: float
    """Of the slot, by which the dub is too long."""
    status: Status
    warnings: tuple[str, ...]


def plan(
    natural: int, source: Source, limits: Limits, *, spoken_speed: float = 1.0, can_stretch: bool = True
) -> Plan:
    """For speech of `natural` samples that the engine spoke at `spoken_speed`."""
    slot = source.slot
    onset = min(max(source.onset, 0), slot)
    wanted = _wanted_length(natural, source)
    slowest, fastest = _stretch_limits(limits, spoken_speed) if can_stretch else (1.0, 1.0)
    asked = natural / wanted if wanted else 1.0
    speed = min(max(asked, slowest), fastest)
    length = wanted if speed == asked else round(natural / speed)
    if length > slot - onset:
        onset = max(0, slot - length)
    too_long = max(0, length - slot)
    variance = 100.0 * too_long / slot
    warnings = []
    if asked > fastest:
        warnings.append("speed_clamped")
    if variance > SUCCESS_PERCENT:
        warnings.append("duration_variance_high")
    return Plan(speed, length, onset, length - too_long, variance, _status(variance), tuple(warnings))


def wanted_speed(natural_s: float, source: Source, limits: Limits) -> float:
    """What to ask of an engine that can itself speak faster or slower, after it spoke for so long at 1.0."""
    natural = round(natural_s * source.rate_hz)
    return plan(natural, source, limits).speed


def _wanted_length(natural: int, source: Source) -> int:
    """From the source's onset: all of it in the slot, and slower only as far as the source spoke."""
    onset = min(max(source.onset, 0), source.slot)
    room = source.slot - onset
    spoken = min(max(source.end - onset, 0), room)
    if natural > room:
        # No room at all is asked for as a single sample: as fast as may be, and then moved earlier.
        return max(room, 1)
    if spoken - natural > NOT_WORTH_IT * spoken and natural > 0:
        return spoken
    return natural


def _stretch_limits(limits: Limits, spoken_speed: float) -> tuple[float, float]:
    """Both together stay within the limits; where the engine alone went over one, that is not undone."""
    return min(1.0, limits.speed_min / spoken_speed), max(1.0, limits.speed_max / spoken_speed)


def _status(variance_percent: float) -> Status:
    if variance_percent > PARTIAL_PERCENT:
        return "failed"
    return "partial" if variance_percent > SUCCESS_PERCENT else "success"
