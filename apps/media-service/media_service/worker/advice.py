"""Whether enough dubs are in time, and if not, which `av_offset_ms` would do. Pure."""

import math
from collections import deque
from dataclasses import dataclass

WINDOW_NS = 120_000_000_000
TOO_MANY = 0.10
FEW_AGAIN = 0.05
"""Below this it is over; between the two nothing changes, so that nothing is said twice."""

FEWEST_SLOTS = 5
"""Of fewer nothing is concluded."""

STEP_MS = 100
"""What is advised is a multiple of this."""

_MS_NS = 1_000_000


def remedy(needed_offset_ms: object, raise_by_ms: object) -> str:
    """What would help, in words."""
    if not raise_by_ms:
        return "the service answers too few of them: more delay would not help"
    return f"av_offset_ms {needed_offset_ms} would do"


@dataclass(frozen=True)
class Advice:
    """Too many slots missed their deadline."""

    missed_share: float
    """0 to 1, of the slots of the last two minutes"""
    needed_offset_ms: int
    """what 95 % of the answers of that time would have needed, at least the offset in force"""
    raise_by_ms: int
    """0: the answers that came were in time, so more delay would not help"""

    @property
    def remedy(self) -> str:
        return remedy(self.needed_offset_ms, self.raise_by_ms)


@dataclass(frozen=True)
class Recovered:
    """Enough slots are in time again."""

    missed_share: float


class DeadlineWatch:
    """Is told of every slot that was sent, once, and of every answer, also of those that came late."""

    def __init__(self, av_offset_ns: int, window_ns: int = WINDOW_NS) -> None:
        self._offset_ns = av_offset_ns
        self._window_ns = window_ns
        self._slots: deque[tuple[int, bool]] = deque()
        self._needs: deque[tuple[int, int]] = deque()
        self.current: Advice | None = None
        """What was advised last, until it is over."""

    def decided(self, *, missed: bool, now_ns: int) -> Advice | Recovered | None:
        """A slot's deadline came; something is returned when the state changes."""
        self._slots.append((now_ns, missed))
        return self._judge(now_ns)

    def answered(self, margin_ns: int, now_ns: int) -> None:
        """An answer came this much before its slot's deadline, or after it (below 0)."""
        self._needs.append((now_ns, self._offset_ns - margin_ns))

    def offset_changed(self, av_offset_ns: int) -> None:
        """What was missed under another offset says nothing any more."""
        self._offset_ns = av_offset_ns
        self._slots.clear()
        self.current = None

    def _judge(self, now_ns: int) -> Advice | Recovered | None:
        for log in (self._slots, self._needs):
            while log and log[0][0] <= now_ns - self._window_ns:
                log.popleft()
        if len(self._slots) < FEWEST_SLOTS:
            return None
        share = sum(missed for _, missed in self._slots) / len(self._slots)
        if self.current is None and share > TOO_MANY:
            self.current = self._advice(share)
            return self.current
        if self.current is not None and share <= FEW_AGAIN:
            self.current = None
            return Recovered(share)
        if self.current is not None:
            # A late answer may come after the advice: what is shown follows, what is said does not.
            self.current = self._advice(share)
        return None

    def _advice(self, share: float) -> Advice:
        needs = sorted(need for _, need in self._needs)
        offset_ms = self._offset_ns // _MS_NS
        needed_ms = offset_ms
        if needs:
            need_ns = needs[math.ceil(len(needs) * 0.95) - 1]
            if need_ns > self._offset_ns:
                needed_ms = math.ceil(need_ns / (STEP_MS * _MS_NS)) * STEP_MS
        return Advice(share, needed_ms, needed_ms - offset_ms)
