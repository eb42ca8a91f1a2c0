"""What waits in front of a muxer, and when that tells that it takes nothing any more."""

from collections.abc import Sequence

from media_service.timeline.units import SECOND_NS

STALL_NS = 4 * SECOND_NS
"""Media of one track."""
STALLED_FOR_NS = 2 * SECOND_NS
"""Clock time; without a pace, more may be fed at once."""
FULL_NS = SECOND_NS
"""Of each track: with this much in front of it, no muxer waits for more of anything."""
FULL_FOR_NS = 10 * SECOND_NS
"""Clock time; without a pace, one that takes nothing is fed no more, and its backlog does not grow."""
MOST_BYTES = 64 * 1024 * 1024


class Backlog:
    """Told at each poll how much of each track waits."""

    def __init__(self) -> None:
        self._high_since_ns: int | None = None
        self._before: Sequence[int] = ()
        self._moved_ns = 0
        """Clock time at which the levels were last seen to change, or one of them to be low."""

    def problem(self, levels_ns: Sequence[int], size: int, now_ns: int) -> str | None:
        """What is wrong with the other end; None while nothing is."""
        if self._is_stuck(levels_ns, now_ns) or self._is_high(max(levels_ns, default=0), now_ns):
            return "takes nothing any more"
        return "takes too little" if size > MOST_BYTES else None

    def _is_high(self, most_ns: int, now_ns: int) -> bool:
        if most_ns <= STALL_NS:
            self._high_since_ns = None
        elif self._high_since_ns is None:
            self._high_since_ns = now_ns
        return self._high_since_ns is not None and now_ns - self._high_since_ns > STALLED_FOR_NS

    def _is_stuck(self, levels_ns: Sequence[int], now_ns: int) -> bool:
        """Full of everything, and nothing moves."""
        before, self._before = self._before, levels_ns
        if min(levels_ns, default=0) < FULL_NS or levels_ns != before:
            self._moved_ns = now_ns
        return now_ns - self._moved_ns > FULL_FOR_NS
