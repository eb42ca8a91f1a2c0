"""Slots that end in a pause of the speech, so that sentences stay whole.

A pause is cut in its middle, as far as it is known by then: as soon as it has lasted `pause`, half of it goes
to either slot, so neither begins nor ends on a syllable that the voice detector noticed late. Where it began
before the slot's minimum, only what lies after (the minimum less half a pause) counts. Without a pause the
slot ends, at its maximum, at the quietest boundary since the minimum; what came after it belongs to the next
slot.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass

from media_service.segment.cutter import Cut
from media_service.timeline.units import RATE_HZ

_QUIET_BELOW_DB = -90.0
"""Digital silence and hiss are equally good places."""


@dataclass(frozen=True)
class _Unit:
    end: int
    speaks: bool
    level_db: float


class PauseCutter:
    """All lengths in lane samples. A unit without `speech` counts as speech: only its level decides then."""

    def __init__(
        self, *, minimum: int, maximum: int, pause: int = RATE_HZ * 35 // 100, speech_above: float = 0.35
    ) -> None:
        if not 0 < minimum <= maximum or pause <= 0:
            raise ValueError("0 < minimum <= maximum, and a pause has a length")
        self._minimum = minimum
        self._maximum = maximum
        self._pause = pause
        self._speech_above = speech_above
        self._open = False
        self._start = 0
        self._units: list[_Unit] = []
        self._quiet_since = 0
        """Where the last speech ended; the slot's start if there was none."""

    def unit(
        self, start: int, end: int, speech: float | None = None, level_db: float | None = None
    ) -> Cut | None:
        self._follow(start, end)
        speaks = speech is None or speech >= self._speech_above
        self._units.append(_Unit(end, speaks, _level(level_db)))
        if speaks:
            self._quiet_since = end
        at = self._in_pause(end)
        if at is None and end >= self._start + self._maximum:
            at = self._quietest()
        return None if at is None else self._cut(at)

    def close(self) -> Cut | None:
        rest = Cut(self._start, self._units[-1].end) if self._units else None
        self._units.clear()
        self._open = False
        return rest

    def _follow(self, start: int, end: int) -> None:
        if not self._open:
            self._open = True
            self._start = self._quiet_since = start
        expected = self._units[-1].end if self._units else self._start
        if start != expected or end <= start:
            raise ValueError(f"unit {start}..{end} does not follow {expected}")

    def _in_pause(self, now: int) -> int | None:
        """The boundary nearest to the middle of the pause, if it is one by now."""
        earliest = self._start + self._minimum
        since = max(self._quiet_since, earliest - self._pause // 2)
        if now < earliest or now - since < self._pause:
            return None
        middle = (since + now) // 2
        ends = [unit.end for unit in self._units]
        allowed = ends[bisect_left(ends, max(earliest, since)) :]
        return min(allowed, key=lambda end: abs(end - middle))

    def _quietest(self) -> int:
        """No later than the maximum where there is such a boundary, and the later one of equals."""
        best, at = (math.inf, math.inf), self._units[-1].end
        for number, unit in enumerate(self._units):
            if unit.end < self._start + self._minimum:
                continue
            if unit.end > self._start + self._maximum and at < unit.end:
                break
            sides = self._units[number : number + 2]
            spoken = sum(side.speaks for side in sides) / len(sides)
            loudness = spoken, max(side.level_db for side in sides)
            if loudness <= best:
                best, at = loudness, unit.end
        return at

    def _cut(self, at: int) -> Cut:
        cut = Cut(self._start, at)
        self._start = at
        self._units = [unit for unit in self._units if unit.end > at]
        self._quiet_since = max(self._quiet_since, at)
        return cut


def _level(level_db: float | None) -> float:
    return 0.0 if level_db is None or math.isnan(level_db) else max(level_db, _QUIET_BELOW_DB)
