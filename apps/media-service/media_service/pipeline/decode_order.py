"""Decoding times for a source that sends only presentation times (RTP), in decoding order.

The k-th access unit is decoded when the (k - d)-th smallest presentation time comes, where d is how many
access units at most go before one that is shown earlier: so none is shown before it is decoded. That
depth shows in the access units that wait, and grows when a stream that began without B-frames has them
later. GStreamer's timestampers do the same from the parameter sets, but lose everything of some streams
without B-frames.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from media_service.timeline.units import SECOND_NS

LOOK_AHEAD = 5
"""Access units; B-frame pyramids of live encoders reorder by at most four."""
JUMP_NS = 5 * SECOND_NS
"""A step in the presentation times beyond this is none between frames that lean on one another."""

T = TypeVar("T")


@dataclass
class DecodeOrder(Generic[T]):
    """`add` takes access units in decoding order and returns those whose decoding time is known."""

    look_ahead: int = LOOK_AHEAD
    _waiting: deque[tuple[int, T]] = field(default_factory=deque)
    _sorted: list[int] = field(default_factory=list)
    _depth: int = 0
    _owed: int = 0
    """Decoding times still to be put in before the smallest presentation time: the depth has grown."""
    _last_ns: int | None = None

    def add(self, pts_ns: int, unit: T) -> list[tuple[int, T]]:
        """Pairs of decoding time and access unit."""
        before: list[tuple[int, T]] = []
        depth = sum(waiting > pts_ns for waiting, _ in self._waiting)
        ahead_ns = pts_ns - max((waiting for waiting, _ in self._waiting), default=pts_ns)
        if depth >= self.look_ahead or ahead_ns > JUMP_NS:
            # No reordering reaches so far: the source's time has jumped, and decoding times go with it.
            before, depth = self.flush(), 0
        self._owed += max(0, depth - self._depth)
        self._depth = max(depth, self._depth)
        self._waiting.append((pts_ns, unit))
        heapq.heappush(self._sorted, pts_ns)
        return [self._next()] if len(self._waiting) > self.look_ahead else before

    def flush(self) -> list[tuple[int, T]]:
        """The rest; what comes next begins anew."""
        rest = [self._next() for _ in range(len(self._waiting))]
        self._sorted.clear()
        self._depth = self._owed = 0
        self._last_ns = None
        return rest

    def _next(self) -> tuple[int, T]:
        _, unit = self._waiting.popleft()
        if not self._owed:
            dts_ns = heapq.heappop(self._sorted)
        elif self._last_ns is None:
            first, second = heapq.nsmallest(2, self._sorted)
            dts_ns = first - self._owed * (second - first)
            self._owed -= 1
        else:
            dts_ns = self._last_ns + (self._sorted[0] - self._last_ns) // (self._owed + 1)
            self._owed -= 1
        if self._last_ns is not None and dts_ns <= self._last_ns:
            # A stamp that came twice: time still goes on.
            dts_ns = self._last_ns + 1
        self._last_ns = dts_ns
        return dts_ns, unit
