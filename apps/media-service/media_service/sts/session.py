"""What holds between the worker and the service right now."""

from dataclasses import dataclass


@dataclass
class Session:
    """The present session, if any, and what the worker wants of it."""

    wanted_inflight: int
    max_inflight: int
    """Confirmed: the lower of what both sides want."""
    timeout_ns: int
    """From a fragment's sending to its result."""
    connected: bool = False
    next_number: int = 0
    generation: int = 0
    """Of the format that fragments offered from now on have."""
    session_generation: int = 0
    """Of the format that this session was begun with."""
    renewing: bool = False
    """Between a change of format and the session for it; fragments may wait for that one."""
    held: str | None = None
    """Why the worker has paused the stream."""
    ending: bool = False
    """Nothing more will be offered."""
    ended: bool = False
    """`stream:end` is sent in this session."""

    @property
    def open(self) -> bool:
        """Fragments and pauses may be told."""
        return self.connected and not self.ended

    def begin(self, max_inflight: int) -> None:
        self.connected = True
        self.max_inflight = min(self.wanted_inflight, max_inflight)
        self.session_generation = self.generation
        self.next_number = 0
        self.renewing = self.ended = False

    def lose(self) -> None:
        self.connected = self.renewing = self.ended = False

    def take_number(self) -> int:
        self.next_number += 1
        return self.next_number - 1
