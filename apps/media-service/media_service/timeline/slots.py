"""Slots: the pieces of the lane that are dubbed, each with one deadline and one decision.

A slot's dub is heard if it is there when the slot's first sample is due; else the original is. The decision
is taken once, `LEAD` before that sample, and never changes.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from media_service.timeline.units import MS_NS, samples_of

LEAD = samples_of(10 * MS_NS)
"""A slot is decided this early, so that the one before it can fade into it."""

D = TypeVar("D")


@dataclass(frozen=True)
class Slot:
    number: int
    """Rising over the whole run, without a gap."""
    start: int
    """Lane samples."""
    end: int
    """Lane samples; the next slot's first, within an epoch."""
    epoch: int

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def decided_at(self) -> int:
        """The lane position at which it must be decided."""
        return self.start - LEAD


@dataclass
class Slots(Generic[D]):
    """The slots that have been cut and not yet played out, in order. `D` is what a decision is."""

    _slots: deque[Slot] = field(default_factory=deque)
    _decisions: dict[int, D] = field(default_factory=dict)
    _next: int = 0

    def cut(self, start: int, end: int, epoch: int) -> Slot:
        """Adds the slot that follows. Raises ValueError where it would overlap the one before."""
        if end <= start or (self._slots and start < self._slots[-1].end):
            raise ValueError(f"a slot from {start} to {end} does not follow what is there")
        slot = Slot(self._next, start, end, epoch)
        self._next += 1
        self._slots.append(slot)
        return slot

    def due(self, position: int) -> Iterator[Slot]:
        """The undecided slots whose decision is due when the lane is rendered up to `position`."""
        for slot in tuple(self._slots):
            if slot.decided_at >= position:
                break
            if slot.number not in self._decisions:
                yield slot

    def decide(self, slot: Slot, decision: D) -> None:
        """Once and for all. Raises ValueError for a second time."""
        if slot.number in self._decisions:
            raise ValueError(f"slot {slot.number} is decided")
        self._decisions[slot.number] = decision

    def decided(self, slot: Slot) -> bool:
        """Also of a slot that has played out."""
        oldest = self._slots[0].number if self._slots else self._next
        return slot.number in self._decisions or slot.number < oldest

    def at(self, position: int) -> tuple[Slot | None, int | None]:
        """The slot at a position, and where what is there ends (None: not known yet)."""
        for slot in self._slots:
            if position < slot.start:
                return None, slot.start
            if position < slot.end:
                return slot, slot.end
        return None, None

    def decision(self, slot: Slot) -> D | None:
        return self._decisions.get(slot.number)

    def after(self, position: int) -> Slot | None:
        """The slot that begins exactly at a position."""
        return next((slot for slot in self._slots if slot.start == position), None)

    def forget(self, before: int) -> None:
        """Lets go of the slots that have played out."""
        while self._slots and self._slots[0].end <= before:
            self._decisions.pop(self._slots.popleft().number, None)

    def __len__(self) -> int:
        return len(self._slots)

    def __iter__(self) -> Iterator[Slot]:
        return iter(tuple(self._slots))
