"""What a soak takes down each minute, and what may be made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.soak_slopes import Slope, slope

WARM_UP = 0.1
"""Of the time: what comes before does not count."""
MEMORY_WARM_UP_HOURS = 0.1
"""At least: allocators find their size in the first minutes of a process."""


@dataclass(frozen=True, slots=True)
class Sample:
    hours: float
    delay_ms: float
    """From the source's sending to the recorder's having it."""
    av_offset_ms: float
    """Sound after picture, beyond what the source has of it."""
    longest_pause_ms: float
    least_margin_ms: float
    """How early the latest of the dubs since the last sample was."""
    fallbacks: int
    """Since the last sample."""
    resident_mb: float
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A quantity that may not drift."""

    name: str
    of: Callable[[Sample], float]
    limit: float
    """An hour."""
    unit: str
    falling: bool = False
    """Whether it may not sink either."""
    from_hours: float = 0.0
    """What comes before does not count either."""


WATCHED = (
    Watched("delay", lambda sample: sample.delay_ms, 50, "ms", falling=True),
    Watched("A/V offset", lambda sample: sample.av_offset_ms, 50, "ms", falling=True),
    Watched("resident memory", lambda sample: sample.resident_mb, 5, "MB", from_hours=MEMORY_WARM_UP_HOURS),
    Watched("open files", lambda sample: sample.files, 0, ""),
    Watched("threads", lambda sample: sample.threads, 0, ""),
)
COLUMNS = (
    "hours",
    "delay, ms",
    "A/V offset, ms",
    "longest pause, ms",
    "least margin, ms",
    "fallbacks",
    "resident, MB",
    "files",
    "threads",
)


def row(one: Sample) -> str:
    return (
        f"| {one.hours:.3f} | {one.delay_ms:.0f} | {one.av_offset_ms:+.2f} | {one.longest_pause_ms:.0f} "
        f"| {one.least_margin_ms:.0f} | {one.fallbacks} | {one.resident_mb:.1f} "
        f"| {one.files} | {one.threads} |"
    )


def verdicts(samples: Sequence[Sample]) -> tuple[list[str], list[str]]:
    """The rows of the table, and what has surely drifted further than it may."""
    end = samples[-1].hours if samples else 0.0
    rows, drifts = [], []
    for watched in WATCHED:
        from_hours = max(end * WARM_UP, watched.from_hours)
        counted = [sample for sample in samples if sample.hours >= from_hours]
        found = slope([one.hours for one in counted], [watched.of(one) for one in counted])
        failed = found.beyond(watched.limit, falling=watched.falling)
        bounds = f"{found.least:+.2f} to {found.most:+.2f}"
        verdict = "**failed**" if failed else "held" if _is_kept(found, watched) else "too short to tell"
        value = f"{found.value:+.2f} {watched.unit}"
        rows.append(f"| {watched.name} | {value} | {bounds} | {watched.limit:g} | {verdict} |")
        if failed:
            drifts.append(f"{watched.name}: {found.value:+.2f} {watched.unit} an hour, surely {bounds}")
    return rows, drifts


def _is_kept(found: Slope, watched: Watched) -> bool:
    """Whether the bounds lie within what is allowed, so that it is known and not only likely."""
    return found.most <= watched.limit and (not watched.falling or found.least >= -watched.limit)
