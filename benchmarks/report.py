"""Figures side by side, as a Markdown table."""

import os
import platform
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The most that is wanted of our figure, or of its ratio to the other's."""

    limit: float
    of_other: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: what was measured on each round."""

    what: str
    unit: str
    ours: Sequence[float]
    other: Sequence[float] = ()
    """Of what ours is measured beside; empty where there is no such thing."""
    wanted: Wanted | None = None
    beside: str = "Node"
    """What that is."""

    @property
    def ratio(self) -> float | None:
        """Ours in the other's, from the medians."""
        return median(self.ours) / median(self.other) if self.other else None

    @property
    def met(self) -> bool | None:
        if self.wanted is None:
            return None
        value = self.ratio if self.wanted.of_other else median(self.ours)
        return value is not None and value <= self.wanted.limit

    def as_json(self) -> dict[str, object]:
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": median(self.ours),
            self.beside.lower(): median(self.other) if self.other else None,
            "ratio": self.ratio,
            "wanted": self._wanted(),
            "met": self.met,
            "ours_rounds": list(self.ours),
            f"{self.beside.lower()}_rounds": list(self.other),
        }

    def cells(self) -> list[str]:
        return [
            f"{self.what}, {self.unit}",
            _short(median(self.ours)),
            _short(median(self.other)) if self.other else "",
            f"{self.ratio:.2f}" if self.ratio is not None else "",
            self._wanted(),
            {True: "met", False: "**missed**", None: ""}[self.met],
        ]

    def _wanted(self) -> str:
        if self.wanted is None:
            return ""
        return f"at most {self.wanted.limit:g}" + (f" of {self.beside}'s" if self.wanted.of_other else "")


class Turns(Generic[T]):
    """What each service showed, round by round."""

    def __init__(self) -> None:
        self._shown: dict[str, list[T]] = {"ours": [], "Node": []}

    def add(self, name: str, shown: T) -> None:
        self._shown[name].append(shown)

    def figure(self, what: str, unit: str, of: Callable[[T], float], wanted: Wanted | None = None) -> Figure:
        ours, node = ([of(shown) for shown in self._shown[name]] for name in ("ours", "Node"))
        return Figure(what, unit, ours, node, wanted)


def table(figures: Iterable[Figure], beside: str | None = "Node") -> str:
    """`beside` None: there is nothing to be measured beside."""
    rows = [
        ["", "ours", f"{beside}", f"ours / {beside}", "wanted", ""],
        ["---", "--:", "--:", "--:", "---", "---"],
    ]
    rows += [figure.cells() for figure in figures]
    if beside is None:
        rows = [[*row[:2], *row[4:]] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def machine(beside: str) -> str:
    """One line on where this was measured, and beside what."""
    load = ", ".join(f"{average:.2f}" for average in os.getloadavg())
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {_cpu_model()}; {python}, {beside}; load before: {load}"


def _cpu_model() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
