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
    """The most that is wanted of our figure, or of its ratio to Node's."""

    limit: float
    of_node: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: what was measured on each round."""

    what: str
    unit: str
    ours: Sequence[float]
    node: Sequence[float]
    wanted: Wanted | None = None

    @property
    def ratio(self) -> float:
        """Ours in Node's, from the medians."""
        return median(self.ours) / median(self.node)

    @property
    def met(self) -> bool | None:
        if self.wanted is None:
            return None
        return (self.ratio if self.wanted.of_node else median(self.ours)) <= self.wanted.limit

    def as_json(self) -> dict[str, object]:
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": median(self.ours),
            "node": median(self.node),
            "ratio": self.ratio,
            "wanted": self._wanted(),
            "met": self.met,
            "ours_rounds": list(self.ours),
            "node_rounds": list(self.node),
        }

    def cells(self) -> list[str]:
        return [
            f"{self.what}, {self.unit}",
            _short(median(self.ours)),
            _short(median(self.node)),
            f"{self.ratio:.2f}",
            self._wanted(),
            {True: "met", False: "**missed**", None: ""}[self.met],
        ]

    def _wanted(self) -> str:
        if self.wanted is None:
            return ""
        return f"at most {self.wanted.limit:g}" + (" of Node's" if self.wanted.of_node else "")


class Turns(Generic[T]):
    """What each service showed, round by round."""

    def __init__(self) -> None:
        self._shown: dict[str, list[T]] = {"ours": [], "Node": []}

    def add(self, name: str, shown: T) -> None:
        self._shown[name].append(shown)

    def figure(self, what: str, unit: str, of: Callable[[T], float], wanted: Wanted | None = None) -> Figure:
        ours, node = ([of(shown) for shown in self._shown[name]] for name in ("ours", "Node"))
        return Figure(what, unit, ours, node, wanted)


def table(figures: Iterable[Figure]) -> str:
    rows = [["", "ours", "Node", "ours / Node", "wanted", ""], ["---", "--:", "--:", "--:", "---", "---"]]
    rows += [figure.cells() for figure in figures]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def machine(node_version: str) -> str:
    """One line on where this was measured."""
    load = ", ".join(f"{average:.2f}" for average in os.getloadavg())
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {_cpu_model()}; {python}, Node {node_version}; load before: {load}"


def _cpu_model() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
