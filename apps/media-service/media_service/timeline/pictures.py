"""The video that waits for its time: a queue of access units with a bound in bytes of memory and in time.

Past its bound the oldest whole GOP goes, so that what is left still begins with a keyframe.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Picture(Protocol):
    """What the queue needs to know of an access unit."""

    @property
    def size(self) -> int: ...

    @property
    def key(self) -> bool: ...


P = TypeVar("P", bound=Picture)


@dataclass
class Pictures(Generic[P]):
    """Owned by the tick."""

    most_ns: int
    """Media time from the oldest to the newest."""
    most_bytes: int
    dropped: int = 0
    """Access units that went because of the bound."""
    held_bytes: int = 0
    _queue: deque[tuple[int, P]] = field(default_factory=deque)

    def put(self, decode_ns: int, picture: P) -> int:
        """Adds the newest, by its decoding time; returns how many of the oldest had to go."""
        self._queue.append((decode_ns, picture))
        self.held_bytes += picture.size
        gone = 0
        while self.held_bytes > self.most_bytes or decode_ns - self._queue[0][0] > self.most_ns:
            dropped = self._drop_group()
            if dropped == 0:
                break
            gone += dropped
        self.dropped += gone
        return gone

    def due(self, until_ns: int) -> list[tuple[int, P]]:
        """Takes what is to be decoded up to then."""
        taken: list[tuple[int, P]] = []
        while self._queue and self._queue[0][0] <= until_ns:
            decode_ns, picture = self._queue.popleft()
            self.held_bytes -= picture.size
            taken.append((decode_ns, picture))
        return taken

    def keyframes(self) -> Iterator[tuple[int, P]]:
        """The keyframes that wait, in order."""
        return ((decode_ns, picture) for decode_ns, picture in self._queue if picture.key)

    @property
    def head(self) -> P | None:
        """The one that leaves next."""
        return self._queue[0][1] if self._queue else None

    def __len__(self) -> int:
        return len(self._queue)

    def _drop_group(self) -> int:
        """Drops up to the next keyframe, but never the newest access unit."""
        gone = 0
        while len(self._queue) > 1:
            _, picture = self._queue.popleft()
            self.held_bytes -= picture.size
            gone += 1
            if self._queue[0][1].key:
                break
        return gone
