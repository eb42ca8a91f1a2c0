"""An HLS media playlist of a live stream, whose window moves. Pure."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from media_service.timeline.units import MS_NS, SECOND_NS

LEAST_IN_WINDOW = 3
DISCONTINUITIES = 1000
KEPT_BEYOND = 3
"""Files that stay after they have left the playlist: somebody may have read the one before."""


@dataclass(frozen=True)
class Entry:
    number: int
    duration_ns: int
    wall_ns: int
    """The date of its first moment."""
    discontinuity: bool
    """It does not continue the one before: a source came anew, or the tracks have changed."""

    @property
    def name(self) -> str:
        return f"{self.number}.ts"


@dataclass
class Playlist:
    """Numbers count from `first_number`; one that is greater than those of the run before lets players that
    still hold its playlist go on with this one.
    """

    first_number: int
    _entries: deque[Entry] = field(default_factory=deque)
    _leaving: deque[Entry] = field(default_factory=deque)
    _discontinuities_left: int = 0
    _next: int = -1

    def __post_init__(self) -> None:
        self._next = self.first_number

    @property
    def next_name(self) -> str:
        """Of the file that is added next."""
        return f"{self._next}.ts"

    def add(self, duration_ns: int, wall_ns: int, *, discontinuity: bool, window_ns: int) -> list[str]:
        """Returns the names of the files that are not needed any more."""
        first = self._next == self.first_number
        self._entries.append(Entry(self._next, duration_ns, wall_ns, discontinuity or first))
        self._next += 1
        covered_ns = sum(entry.duration_ns for entry in self._entries)
        least_ns = max(window_ns, LEAST_IN_WINDOW * self.target_s * SECOND_NS)
        while len(self._entries) > LEAST_IN_WINDOW and covered_ns - self._entries[0].duration_ns >= least_ns:
            gone = self._entries.popleft()
            covered_ns -= gone.duration_ns
            self._discontinuities_left += gone.discontinuity
            self._leaving.append(gone)
        return [self._leaving.popleft().name for _ in range(len(self._leaving) - KEPT_BEYOND)]

    @property
    def target_s(self) -> int:
        """No segment of the window is longer. How long groups of pictures will be, nobody can know before."""
        return max(1, -(-max((entry.duration_ns for entry in self._entries), default=0) // SECOND_NS))

    @property
    def entries(self) -> list[Entry]:
        """What is in the window."""
        return list(self._entries)

    @property
    def _discontinuity_sequence(self) -> int:
        """Most likely not that of the run before, and small: hls.js keeps an array as long as it."""
        return self.first_number % DISCONTINUITIES + self._discontinuities_left

    def text(self) -> str:
        first = self._entries[0].number if self._entries else self._next
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            f"#EXT-X-TARGETDURATION:{self.target_s}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._discontinuity_sequence}",
        ]
        for entry in self._entries:
            lines += ["#EXT-X-DISCONTINUITY"] if entry.discontinuity else []
            lines += [
                f"#EXT-X-PROGRAM-DATE-TIME:{_date(entry.wall_ns)}",
                f"#EXTINF:{entry.duration_ns / SECOND_NS:.6f},",
                entry.name,
            ]
        return "\n".join(lines) + "\n"


def _date(wall_ns: int) -> str:
    """ISO 8601, to the millisecond, which is what players read."""
    ms = (wall_ns + MS_NS // 2) // MS_NS
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
