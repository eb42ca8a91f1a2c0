"""What the predecessor has promised to whom: to leave at a keyframe, if it is asked again before that is due.

A successor that dies in between asks no more, and the predecessor goes on as if nothing had been.
"""

from dataclasses import dataclass
from enum import Enum

from media_service.timeline.units import MS_NS

CONFIRM_BEFORE_NS = 150 * MS_NS
"""Before the keyframe is due; its sound leaves a little earlier."""


class Unwilling(Exception):
    """The hand-over is refused; the message says why."""


class Phase(Enum):
    STEADY = "steady"
    PROMISED = "promised"
    """to leave, if that is confirmed in time"""
    LEAVING = "leaving"
    """whatever happens, once the keyframe is due"""
    LEFT = "left"
    """the output has ended"""


@dataclass
class Promise:
    """Owned by the loop. Clock times in nanoseconds."""

    phase: Phase = Phase.STEADY
    to: str | None = None
    """the successor's run"""
    due_ns: int = 0
    """when the keyframe is due, the first that is the successor's"""

    def tick(self, now_ns: int) -> None:
        """A promise nobody came back for is none."""
        if self.phase is Phase.PROMISED and now_ns > self._confirm_by_ns:
            self._forget()

    def may_promise(self, to: str, now_ns: int) -> bool:
        """To one at a time; the same one may ask anew."""
        self.tick(now_ns)
        return self.phase is Phase.STEADY or (self.phase is Phase.PROMISED and self.to == to)

    def make(self, to: str, due_ns: int, now_ns: int) -> None:
        if not self.may_promise(to, now_ns):
            raise ValueError("it is promised already")
        self.phase, self.to, self.due_ns = Phase.PROMISED, to, due_ns

    def confirm(self, to: str, now_ns: int) -> bool:
        """False where there is no such promise any more."""
        self.tick(now_ns)
        if self.phase is Phase.LEAVING and self.to == to:
            return True
        if self.phase is not Phase.PROMISED or self.to != to:
            return False
        self.phase = Phase.LEAVING
        return True

    def withdraw(self, to: str) -> None:
        """The successor does not want it any more."""
        if self.phase is Phase.PROMISED and self.to == to:
            self._forget()

    def left(self) -> None:
        self.phase = Phase.LEFT

    @property
    def _confirm_by_ns(self) -> int:
        return self.due_ns - CONFIRM_BEFORE_NS

    def _forget(self) -> None:
        self.phase, self.to, self.due_ns = Phase.STEADY, None, 0
