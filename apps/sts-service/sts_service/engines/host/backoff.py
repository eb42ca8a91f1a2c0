"""How long to wait before an engine is started again: not at all, then longer and longer."""

FIRST_NS = 500_000_000
LONGEST_NS = 30_000_000_000


class Backoff:
    """Of one place; a call that has worked makes good for what was before."""

    def __init__(self) -> None:
        self._failures = 0

    def next_ns(self) -> int:
        """Before this start. The first is at once."""
        wait_ns = 0 if not self._failures else min(LONGEST_NS, FIRST_NS << min(self._failures - 1, 16))
        self._failures += 1
        return wait_ns

    def worked(self) -> None:
        self._failures = 0
