"""How much of what was lately heard was dubbed. Pure."""

from collections import deque

WINDOW_NS = 300_000_000_000


class ShareDubbed:
    """Of the slots that ended in the last five minutes, weighed by their length."""

    def __init__(self, window_ns: int = WINDOW_NS) -> None:
        self._window_ns = window_ns
        self._slots: deque[tuple[int, int, bool]] = deque()

    def played(self, duration_ns: int, *, dubbed: bool, now_ns: int) -> None:
        self._slots.append((now_ns, duration_ns, dubbed))
        self._forget(now_ns)

    def share(self, now_ns: int) -> float | None:
        """0 to 1; None while nothing was played."""
        self._forget(now_ns)
        total_ns = sum(duration_ns for _, duration_ns, _ in self._slots)
        if total_ns == 0:
            return None
        return sum(duration_ns for _, duration_ns, dubbed in self._slots if dubbed) / total_ns

    def _forget(self, now_ns: int) -> None:
        while self._slots and self._slots[0][0] <= now_ns - self._window_ns:
            self._slots.popleft()
