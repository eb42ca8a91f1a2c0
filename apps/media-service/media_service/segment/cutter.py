"""Slots of one length: every cut lies at the unit boundary nearest to a multiple of it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Cut:
    """One whole slot, in lane samples."""

    start: int
    end: int


class Cutter(Protocol):
    """Units are what cannot be divided: an AAC frame, a block of PCM. They follow one another without gap."""

    def unit(
        self, start: int, end: int, speech: float | None = None, level_db: float | None = None
    ) -> Cut | None:
        """The slot that this unit completes; it may have ended before this unit, at an earlier boundary."""

    def close(self) -> Cut | None:
        """The epoch ends: what is open, closed short. The next unit begins a new epoch."""


class FixedCutter:
    """Multiples are counted from the epoch's start, so that the units' own length adds up to nothing.

    A cut is made with the unit that ends there, going by its width for the next boundary's place. Where the
    next unit turns out wider, the boundary before it may have been the nearer one, and the slot ends there
    after all.
    """

    def __init__(self, duration: int) -> None:
        if duration <= 0:
            raise ValueError("a slot needs a length")
        self._duration = duration
        self._epoch: int | None = None
        self._start = 0
        self._end = 0
        self._count = 1
        """The multiple that is looked for."""

    def unit(
        self, start: int, end: int, speech: float | None = None, level_db: float | None = None
    ) -> Cut | None:
        del speech, level_db
        self._follow(start, end)
        width = end - start
        aim = self._aim
        if start > self._start and end > aim and abs(aim - start) < abs(end - aim):
            return self._cut(start, width)
        if abs(end - aim) <= abs(end + width - aim):
            return self._cut(end, width)
        return None

    def close(self) -> Cut | None:
        rest = None
        if self._epoch is not None and self._end > self._start:
            rest = Cut(self._start, self._end)
        self._epoch = None
        return rest

    @property
    def _aim(self) -> int:
        return (self._epoch or 0) + self._count * self._duration

    def _follow(self, start: int, end: int) -> None:
        if self._epoch is None:
            self._epoch = self._start = self._end = start
            self._count = 1
        if start != self._end or end <= start:
            raise ValueError(f"unit {start}..{end} does not follow {self._end}")
        self._end = end

    def _cut(self, at: int, width: int) -> Cut:
        cut = Cut(self._start, at)
        self._start = at
        # All multiples that have no boundary nearer than this one are done with; of wide units, several.
        while abs(at - self._aim) <= abs(at + width - self._aim):
            self._count += 1
        return cut
