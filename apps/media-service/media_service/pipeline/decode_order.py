"""Decoding times for a source that sends only presentation times (RTP), in decoding order.

The k-th access unit is decoded when the k-th smallest presentation time comes, earlier by the depth to
which the source reorders, so that none is shown before it is decoded. That depth shows in the access units
that wait, and grows when a stream that began without B-frames has them later. GStreamer's timestampers do the
same from the parameter sets, but lose everything of some streams without B-frames.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from media_service.timeline.units import MS_NS

LOOK_AHEAD = 5
"""Access units; B-frame pyramids of live encoders reorder by at most four."""

T = TypeVar("T")


@dataclass
class DecodeOrder(Generic[T]):
    """`add` takes access units in decoding order and returns those whose decoding time is known."""

    look_ahead: int = LOOK_AHEAD
    _waiting: deque[tuple[int, T]] = field(default_factory=deque)
    _sorted: list[int] = field(default_factory=list)
    _shift_ns: int = 0
    _last_ns: int | None = None

    def add(self, pts_ns: int, unit: T) -> list[tuple[int, T]]:
        """Pairs of decoding time and access unit."""
        before: list[tuple[int, T]] = []
        if sum(waiting > pts_ns for waiting, _ in self._waiting) >= self.look_ahead:
            # No reordering reaches so far: the source's time has gone back, and decoding times go with it.
            before = self.flush()
        self._waiting.append((pts_ns, unit))
        heapq.heappush(self._sorted, pts_ns)
        return [self._next()] if len(self._waiting) > self.look_ahead else before

    def flush(self) -> list[tuple[int, T]]:
        """The rest; what comes next begins anew."""
        rest = [self._next() for _ in range(len(self._waiting))]
        self._last_ns = None
        return rest

    def _next(self) -> tuple[int, T]:
        pairs = zip(sorted(self._sorted), self._waiting, strict=True)
        self._shift_ns = max(self._shift_ns, *(smallest - pts for smallest, (pts, _) in pairs))
        soonest = self._sorted[0]
        _, unit = self._waiting.popleft()
        dts_ns = heapq.heappop(self._sorted) - self._shift_ns
        if self._last_ns is not None and dts_ns <= self._last_ns:
            # The depth has just grown, or a stamp came twice. Time goes on, and leaves room for what follows.
            dts_ns = self._last_ns + max(1, min(MS_NS, (soonest - self._last_ns) // 2))
        self._last_ns = dts_ns
        return dts_ns, unit
