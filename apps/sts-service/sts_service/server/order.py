"""The reorder buffer: which numbers fit, what may leave, and which gaps have been open for too long.

Invariants: `next_number` only grows; every number below it was delivered or given up, exactly once.
"""

from enum import Enum
from typing import Generic, TypeVar

SKIP_HORIZON = 1000
"""How far beyond `next_number` a number may be given up; it bounds what is remembered."""

T = TypeVar("T")


class Fit(Enum):
    """Whether an arriving number has a place."""

    FITS = "fits"
    USED = "used or given up"
    AHEAD = "too far ahead"


class ReorderBuffer(Generic[T]):
    """Items enter under a number in any order inside the window, and leave in the order of their numbers."""

    def __init__(self, window: int, gap_timeout_s: float) -> None:
        self.next_number = 0
        self._window = window
        self._gap_timeout_s = gap_timeout_s
        self._waiting: dict[int, T | None] = {}
        self._given_up: set[int] = set()
        self._gaps: dict[int, float] = {}
        self._horizon = 0

    def fit(self, number: int) -> Fit:
        if number < self.next_number or number in self._waiting or number in self._given_up:
            return Fit.USED
        return Fit.FITS if number < self.next_number + self._window else Fit.AHEAD

    def reserve(self, number: int, now: float) -> None:
        """Takes the number's place; the numbers missing before it are gaps from now on."""
        if self.fit(number) is not Fit.FITS:
            raise ValueError(f"number {number} does not fit")
        self._waiting[number] = None
        self._gaps.pop(number, None)
        for missing in range(max(self.next_number, self._horizon), number):
            if self.fit(missing) is Fit.FITS:
                self._gaps[missing] = now
        self._horizon = max(self._horizon, number + 1)

    def fill(self, number: int, item: T) -> None:
        """Puts the item into its reserved place; a second one replaces the first."""
        if number not in self._waiting:
            raise ValueError(f"number {number} is not reserved")
        self._waiting[number] = item

    def give_up(self, number: int) -> bool:
        """Closes a number that nothing arrived under. False where it lies beyond what can be remembered."""
        if number >= self.next_number + SKIP_HORIZON:
            return False
        if self.fit(number) is not Fit.USED:
            self._gaps.pop(number, None)
            self._given_up.add(number)
        return True

    def give_up_gaps(self, now: float | None = None) -> list[int]:
        """Closes the gaps whose time is over at `now`, or all of them; returns their numbers."""
        missing = sorted(
            number
            for number, since in self._gaps.items()
            if now is None or since + self._gap_timeout_s <= now
        )
        for number in missing:
            self.give_up(number)
        return missing

    def release(self) -> list[T]:
        """Takes out everything whose turn has come."""
        released = []
        while True:
            if self.next_number in self._given_up:
                self._given_up.remove(self.next_number)
            elif (item := self._waiting.get(self.next_number)) is not None:
                del self._waiting[self.next_number]
                released.append(item)
            else:
                return released
            self.next_number += 1

    def next_deadline(self) -> float | None:
        """When the oldest gap's time is over."""
        return min(self._gaps.values()) + self._gap_timeout_s if self._gaps else None
