"""How long the service takes, going by its latest answers."""

from collections import deque
from statistics import median

KEPT = 8
FORGOTTEN_NS = 60_000_000_000
FEWEST = 3
"""With fewer recent answers than this nothing is foretold."""


class RoundTrips:
    """Old answers are forgotten, so a bad spell is not held against the service for ever."""

    def __init__(self) -> None:
        self._latest: deque[tuple[int, int]] = deque(maxlen=KEPT)

    def add(self, rtt_ns: int, now_ns: int) -> None:
        self._latest.append((now_ns, rtt_ns))

    def expected_ns(self, now_ns: int) -> int:
        """The recent median; 0 where too little is known."""
        recent = [rtt_ns for at_ns, rtt_ns in self._latest if at_ns > now_ns - FORGOTTEN_NS]
        return int(median(recent)) if len(recent) >= FEWEST else 0

    @property
    def median_ms(self) -> float | None:
        """Of the latest answers, however old; for a status page."""
        return median(rtt_ns for _, rtt_ns in self._latest) / 1e6 if self._latest else None
