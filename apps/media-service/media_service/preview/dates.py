"""Which date a media time has: the wall time at which the source delivered it. Pure.

Input and output ask for the same media times, the output later, and must hear the same date. So what was once
told stays: where the source's clock and ours have parted, later media times alone are dated anew.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from media_service.timeline.units import MS_NS

STEP_NS = 10 * MS_NS
"""So far the two clocks may part before it counts."""
MOST = 1000
"""Steps remembered: at the fastest that the pace can move, some hours of them."""


@dataclass
class SourceDates:
    """Owned by the writer's thread."""

    _offsets: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=MOST))
    """From a media time on, the wall time minus the media time."""
    _latest_ns: int | None = None
    """Dates were asked for up to here."""

    def tell(self, media_now_ns: int, wall_ns: int) -> None:
        """At this wall time, media of this time should come."""
        offset = wall_ns - media_now_ns
        if self._latest_ns is None:
            self._offsets.clear()
            self._offsets.append((media_now_ns, offset))
        elif abs(offset - self._offsets[-1][1]) > STEP_NS:
            self._offsets.append((max(media_now_ns, self._latest_ns + 1, self._offsets[-1][0]), offset))

    def date(self, media_ns: int) -> int:
        """Wall time, in nanoseconds since 1970. Something has been told before."""
        self._latest_ns = max(media_ns, media_ns if self._latest_ns is None else self._latest_ns)
        place = bisect_right(self._offsets, media_ns, key=lambda known: known[0])
        return media_ns + self._offsets[max(0, place - 1)][1]
