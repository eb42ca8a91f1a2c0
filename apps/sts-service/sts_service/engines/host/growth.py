"""Whether an engine process has grown so much that it had better begin anew."""

SETTLED_AFTER_CALLS = 20
"""By then it has loaded what it loads when first asked; never is one replaced more often than this."""

FACTOR = 2
ROOM_BYTES = 1 << 30


class Growth:
    """What one process held after its first calls, and what it holds now."""

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._room = room_bytes
        self._calls = 0
        self._settled = 0

    def too_much(self, held_bytes: int) -> bool:
        """After a call: over twice what it needed when it had settled, and some room."""
        self._calls += 1
        if self._calls <= SETTLED_AFTER_CALLS:
            self._settled = max(self._settled, held_bytes)
            return False
        return held_bytes > FACTOR * self._settled + self._room
