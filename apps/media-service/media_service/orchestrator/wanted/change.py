"""One worker is replaced by another while its stream is on air: what follows, and what takes too long."""

from dataclasses import dataclass
from enum import Enum

HAND_OVER_S = 90.0
"""For a successor to start, to fill its delay and to take over; the workers' own time-outs end before that,
unless one of them stands still."""

LEAVE_S = 10.0
"""From when the successor says that the output is its own, for the other one's process to end."""


class Turn(Enum):
    NONE = "none"
    SUCCEED = "succeed"
    FORCE = "force"
    GIVE_UP = "give_up"
    STOP = "stop"


@dataclass(frozen=True)
class Standing:
    can_hand_over: bool = False
    """the worker is on air, and knows how to"""
    has_taken: bool = False
    """the successor says that the output is its own"""
    can_take: bool = False
    """the successor receives: if the other one were gone, it would go on"""


class Change:
    """Asked for, begun, over. `by_s` is set while a successor runs."""

    def __init__(self) -> None:
        self.by_s: float | None = None
        """when it has taken too long"""
        self._is_asked = False
        self._or_stop = False
        self._has_failed = False
        self._is_taken = False

    def ask(self, *, or_stop: bool) -> None:
        """`or_stop`: where it cannot go over, the one is ended and another started."""
        self._or_stop = or_stop or (self._is_asked and self._or_stop)
        self._is_asked = True
        self._has_failed = False

    def begun(self, now_s: float) -> None:
        self.by_s = now_s + HAND_OVER_S
        self._is_taken = False

    def took(self, now_s: float) -> None:
        """The successor has the output, or would have if the other one left."""
        if self.by_s is not None and not self._is_taken:
            self._is_taken = True
            self.by_s = min(self.by_s, now_s + LEAVE_S)

    def successor_ended(self, *, hopeless: bool = False) -> None:
        """Before it had the output. `hopeless`: any other would end the same way; the one that runs stays."""
        if self.by_s is None:
            return
        self.by_s, self._has_failed = None, True
        if hopeless or not self._or_stop:
            self.forget()

    def cancel(self) -> None:
        """It is not wanted any more; a successor that runs is there still."""
        self._is_asked = self._or_stop = self._has_failed = False

    def forget(self) -> None:
        """There is no successor, and none is wanted."""
        self.by_s = None
        self._is_asked = self._or_stop = self._has_failed = False

    @property
    def is_wanted(self) -> bool:
        return self._is_asked

    @property
    def wake_s(self) -> float | None:
        return self.by_s

    def step(self, now_s: float, standing: Standing) -> Turn:
        if self.by_s is not None:
            if now_s < self.by_s:
                return Turn.NONE
            return Turn.FORCE if standing.has_taken or standing.can_take else Turn.GIVE_UP
        if not self._is_asked:
            return Turn.NONE
        if not self._has_failed and standing.can_hand_over:
            return Turn.SUCCEED
        return Turn.STOP if self._or_stop else Turn.NONE
