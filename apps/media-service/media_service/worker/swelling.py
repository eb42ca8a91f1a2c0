"""A source that sends without an end what cannot be played: it shows in the memory of the process."""

import os
from collections.abc import Callable
from pathlib import Path

MOST_BYTES = 256 * 1024 * 1024
"""From one packet to the next; nothing else of a worker's grows like that."""
_PAGE_BYTES = os.sysconf("SC_PAGESIZE")


def held_bytes() -> int:
    """Of this process; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0


class Swelling:
    def __init__(self, weigh: Callable[[], int] = held_bytes) -> None:
        self._weigh = weigh
        self._before: int | None = None

    def fed(self) -> None:
        """A packet has come, or a connection begins."""
        self._before = None

    def is_too_much(self) -> bool:
        """Asked while no packet comes."""
        if self._before is None:
            self._before = self._weigh()
            return False
        return self._weigh() - self._before > MOST_BYTES
