"""Flow control: how hard a stream is pressed, how fast it may send, how much the whole server carries."""

from collections import deque
from dataclasses import dataclass

from dubbing_protocol import PressureSeverity


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The first count in flight of each level."""

    low: int = 1
    """Below it a stream is idle; reaching it announces nothing."""
    medium: int = 4
    high: int = 7
    cap: int = 10
    """The most a stream may have in flight, and the width of its reorder window."""


class PressureGauge:
    """The severity that a stream's count in flight stands for, with one count of slack on the way down."""

    def __init__(self, thresholds: Thresholds, max_inflight: int) -> None:
        self.severity: PressureSeverity = "low"
        self._high_from = thresholds.high
        self._medium_from = min(thresholds.medium, max_inflight + 1)

    def update(self, inflight: int) -> bool:
        """Takes the new count; true where the severity changed."""
        before = self.severity
        high_from = self._high_from - (1 if before == "high" else 0)
        medium_from = self._medium_from - (0 if before == "low" else 1)
        if inflight >= high_from:
            self.severity = "high"
        elif inflight >= medium_from:
            self.severity = "medium"
        else:
            self.severity = "low"
        return self.severity != before


class RateLimit:
    """At most so many in any stretch of `period_s`."""

    def __init__(self, most: int, period_s: float) -> None:
        self._most = most
        self._period_s = period_s
        self._times: deque[float] = deque(maxlen=most)

    def allows(self, now: float) -> bool:
        return len(self._times) < self._most or now - self._times[0] >= self._period_s

    def count(self, now: float) -> None:
        self._times.append(now)

    def is_idle(self, now: float) -> bool:
        """Nothing counted lately: forgetting this limit changes nothing."""
        return not self._times or now - self._times[-1] >= self._period_s


class ServerLoad:
    """Fragments in flight on the whole server, bounded."""

    def __init__(self, most: int) -> None:
        self.inflight = 0
        self._most = most

    @property
    def is_full(self) -> bool:
        return self.inflight >= self._most

    def add(self) -> None:
        self.inflight += 1

    def remove(self, count: int = 1) -> None:
        if count > self.inflight:
            raise ValueError("more fragments removed than were in flight")
        self.inflight -= count
