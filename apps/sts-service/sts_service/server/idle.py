"""When a silent connection is closed: pure, with the clock passed in."""


class IdleClock:
    """Runs while a connection has nothing in flight and is not paused."""

    def __init__(self, timeout_s: float, now: float) -> None:
        self._timeout_s = timeout_s
        self._since = now

    def touch(self, now: float) -> None:
        """Something came in or went out."""
        self._since = now

    def deadline(self, *, excused: bool) -> float | None:
        """When the connection counts as idle; never while `excused`."""
        return None if excused else self._since + self._timeout_s
