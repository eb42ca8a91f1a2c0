"""When a forwarder that ended starts again: for ever, later each time up to a bound. Pure."""

FIRST_S = 1.0
LONGEST_S = 60.0
SETTLED_S = 60.0
"""One that has run so long was no failed attempt."""


class Retry:
    def __init__(self) -> None:
        self.attempts = 0
        """since it last was settled"""
        self._started_s: float | None = None

    def started(self, now_s: float) -> None:
        self._started_s = now_s

    def ended(self, now_s: float) -> float:
        """How long to wait before the next start."""
        if self._started_s is not None and now_s - self._started_s >= SETTLED_S:
            self.attempts = 0
        self._started_s = None
        self.attempts += 1
        return min(FIRST_S * 2.0 ** min(self.attempts - 1, 30), LONGEST_S)
