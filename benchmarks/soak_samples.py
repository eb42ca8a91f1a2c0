"""What a soak takes down each minute, and what may be made of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from statistics import median

from benchmarks.soak_slopes import Slope, slope

WARM_UP = 0.1
"""Of the time: what comes before does not count."""
WARM_UP_HOURS = 1 / 6
"""At least: allocators find their size in the first minutes of a process, files their first turn."""
LOGS_MB = 24.0 * 1.1
"""Of a stream, and of the house: 16 MB, and half of that as `.1`."""


SERIES_SPARE = 50
"""Two histograms of a status that was not met before."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Of one stream."""

    delay_ms: float | None
    """From the source's sending to the recorder's having it."""
    av_offset_ms: float | None
    """Sound after picture, beyond what the source has of it; None where dubs cover what it is measured by."""
    longest_pause_ms: float | None
    least_margin_ms: float | None
    """How early the latest of the dubs since the last sample was."""
    dubbed: int
    """Slots since the last sample."""
    fallbacks: int
    """Likewise."""
    muxed_av_ms: float
    """Sound after picture as the worker's muxer received them."""


@dataclass(frozen=True, slots=True)
class Held:
    """By one process."""

    unique_mb: float
    """USS: pages that nobody else has."""
    shared_out_mb: float
    """PSS"""
    resident_mb: float
    files: int
    threads: int
    tasks: int | None
    """asyncio's; None where the process does not tell."""
    series: int | None
    """Lines of its metrics, likewise."""


@dataclass(frozen=True, slots=True)
class Sample:
    hours: float
    streams: Mapping[str, Heard]
    processes: Mapping[str, Held]
    disk_mb: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Watched:
    """A quantity that may not drift."""

    name: str
    of: Callable[[Sample], float | None]
    limit: float
    """An hour; infinite: only shown."""
    unit: str
    falling: bool = False
    """Whether it may not sink either."""
    spare: float = 0.0
    """A rise of so much in all is no drift: a label's value that comes late."""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    unit: str
    first: float
    last: float
    slope: Slope
    limit: float
    verdict: str

    def __str__(self) -> str:
        bounds = f"{self.slope.least:+.2f} to {self.slope.most:+.2f}"
        limit = "" if self.limit == inf else f"{self.limit:g}"
        return (
            f"| {self.name} | {self.first:.1f} | {self.last:.1f} | {self.slope.value:+.2f} {self.unit} "
            f"| {bounds} | {limit} | {self.verdict} |"
        )


def verdicts(samples: Sequence[Sample]) -> tuple[list[Row], list[str]]:
    """The rows of the table, and what has surely drifted further than it may."""
    end = samples[-1].hours if samples else 0.0
    from_hours = max(end * WARM_UP, WARM_UP_HOURS)
    counted = [sample for sample in samples if sample.hours >= from_hours]
    rows, drifts = [], []
    for watched in _watched(samples[-1]) if samples else ():
        known = [(one.hours, value) for one in counted if (value := watched.of(one)) is not None]
        found = slope([hours for hours, _ in known], [value for _, value in known])
        is_spared = watched.spare > 0 and _rise([value for _, value in known]) <= watched.spare
        failed = found.beyond(watched.limit, falling=watched.falling) and not is_spared
        is_kept = _is_kept(found, watched) or (is_spared and isfinite(found.most))
        verdict = "**failed**" if failed else "held" if is_kept else "too short to tell"
        ends = (known[0][1], known[-1][1]) if known else (float("nan"), float("nan"))
        shown = "" if watched.limit == inf else verdict
        rows.append(Row(watched.name, watched.unit, *ends, found, watched.limit, shown))
        if failed:
            bounds = f"{found.least:+.2f} to {found.most:+.2f}"
            drifts.append(f"{watched.name}: {found.value:+.2f} {watched.unit} an hour, surely {bounds}")
    return rows, drifts + _too_much(samples)


def _too_much(samples: Sequence[Sample]) -> list[str]:
    """Logs have a bound that a run of hours does not reach; so it is that which counts, no slope."""
    last = samples[-1] if samples else None
    most = LOGS_MB * (len(last.streams) + 1) if last else inf
    logs = {name: size for name, size in last.disk_mb.items() if "logs" in name} if last else {}
    return [f"{name}: {size:.0f} MB on disk" for name, size in logs.items() if size > most]


def _watched(last: Sample) -> Iterator[Watched]:
    for name in last.streams:
        yield Watched(f"{name}: delay", _heard(name, "delay_ms"), 50, "ms", falling=True)
        yield Watched(f"{name}: A/V offset", _heard(name, "av_offset_ms"), 50, "ms", falling=True)
        yield Watched(f"{name}: A/V at its muxer", _heard(name, "muxed_av_ms"), 50, "ms", falling=True)
        yield Watched(f"{name}: deadline margin", _heard(name, "least_margin_ms"), inf, "ms")
    for name, held in last.processes.items():
        yield Watched(f"{name}: memory of its own", _held(name, "unique_mb"), 5, "MB")
        yield Watched(f"{name}: resident memory", _held(name, "resident_mb"), inf, "MB")
        yield Watched(f"{name}: open files", _held(name, "files"), 0, "")
        yield Watched(f"{name}: threads", _held(name, "threads"), 0, "")
        if held.tasks is not None:
            yield Watched(f"{name}: tasks", _held(name, "tasks"), 0, "")
        if held.series is not None:
            yield Watched(f"{name}: label series", _held(name, "series"), 0, "", spare=SERIES_SPARE)
    for name in last.disk_mb:
        yield Watched(f"disk, {name}", _on_disk(name), inf if "logs" in name else 5, "MB")


def _heard(stream: str, field: str) -> Callable[[Sample], float | None]:
    return lambda sample: getattr(sample.streams.get(stream), field, None)


def _held(process: str, field: str) -> Callable[[Sample], float | None]:
    return lambda sample: getattr(sample.processes.get(process), field, None)


def _on_disk(name: str) -> Callable[[Sample], float | None]:
    return lambda sample: sample.disk_mb.get(name)


def _rise(values: Sequence[float]) -> float:
    """From the first tenth to the last."""
    part = max(1, len(values) // 10)
    return median(values[-part:]) - median(values[:part]) if values else 0.0


def _is_kept(found: Slope, watched: Watched) -> bool:
    """Whether the bounds lie within what is allowed, so that it is known and not only likely."""
    return found.most <= watched.limit and (not watched.falling or found.least >= -watched.limit)
