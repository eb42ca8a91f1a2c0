"""The keyframe at which the output goes over: one that both workers hold, and that is due soon, not at once.

The stamps of two connections to one source need not agree, so a keyframe is known by what it shows. Where a
still picture makes several alike, the one that is due nearest to its time in the other worker is meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from media_service.timeline.units import MS_NS, SECOND_NS

LEAST_AHEAD_NS = SECOND_NS
"""Both must be told, and must agree, before it is due."""
LEAST_HELD_NS = 800 * MS_NS
"""The same for the successor, whose encoder begins a little before the cut."""
APART_NS = 2 * SECOND_NS
"""The same picture is due this near to the same time in both, their delays being equal: sources come in
bursts, and not to all at once."""
MOST = 48
"""Keyframes told; where every picture is one, the others need not be looked at."""


@dataclass(frozen=True)
class Keyframe:
    name: str
    """A hash of what it shows."""
    due_in_ns: int
    """From now, in the worker that holds it."""


@dataclass(frozen=True)
class Pair:
    """The same keyframe, by its numbers in the two lists."""

    mine: int
    theirs: int


def common(mine: Sequence[Keyframe], theirs: Sequence[Keyframe], *, later_ns: int = 0) -> Pair | None:
    """The first at which the output can go over. `later_ns`: by how much the successor's delay is longer."""
    for number, keyframe in enumerate(mine):
        if keyframe.due_in_ns < LEAST_AHEAD_NS:
            continue
        meant_ns = keyframe.due_in_ns + later_ns
        alike = [
            (abs(other.due_in_ns - meant_ns), place)
            for place, other in enumerate(theirs)
            if other.name == keyframe.name and other.due_in_ns >= LEAST_HELD_NS
        ]
        if alike and min(alike)[0] <= APART_NS:
            return Pair(number, min(alike)[1])
    return None


def nearest(mine: Sequence[Keyframe]) -> int | None:
    """Where there is no common one: the predecessor's next."""
    return next((n for n, keyframe in enumerate(mine) if keyframe.due_in_ns >= LEAST_AHEAD_NS), None)


def following(theirs: Sequence[Keyframe], due_in_ns: int) -> int | None:
    """And the successor's first that is not due before that."""
    return next((n for n, keyframe in enumerate(theirs) if keyframe.due_in_ns >= due_in_ns), None)
