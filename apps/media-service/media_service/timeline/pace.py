"""When a media time is due: the constant delay, and the source's clock against ours.

Media time runs by the source's clock, the output by ours. Over days the two part by seconds, so the due times
follow the source: slowly enough that nobody notices, never in a jump.
"""

from dataclasses import dataclass

from media_service.timeline.units import MS_NS, SECOND_NS

WINDOW_NS = 10 * SECOND_NS
"""The earliest arrival within a window tells the source's clock: arrivals are late by jitter, never early."""
BURSTY_WINDOW_NS = 60 * SECOND_NS
"""The same where media comes in whole segments: several must fall into each window."""
SLEW_PER_MILLION = 1_000
"""Parts per million by which due times may be moved; crystals differ by a hundred at most."""
SETTLE_NS = SECOND_NS
"""Before anything is due the origin may still be set right: the first packets often come late, in a burst."""
DEAD_BAND_NS = 5 * MS_NS


@dataclass
class Pace:
    """Owned by the tick; no other task writes it."""

    delay_ns: int
    origin_ns: int | None = None
    """Clock time of media time 0."""
    follow: bool = True
    """False for a file, which has no clock of its own."""
    bursty: bool = False
    """Media comes in segments (HLS), the first of them all at once: they tell nothing of the clock."""

    _settled_ns: int = 0
    _reference_ns: int | None = None
    _warm: bool = False
    """Bursty only: the first window is over."""
    _window_end_ns: int = 0
    _window_least_ns: int | None = None
    """The least of arrival minus media time; unlike a lateness, it does not change with the origin."""
    _owed_ns: int = 0
    _last_slew_ns: int = 0

    def media_now(self, now_ns: int) -> int:
        """The media time that a packet without jitter would have if it came now."""
        return 0 if self.origin_ns is None else now_ns - self.origin_ns

    def due_ns(self, media_ns: int) -> int:
        """The clock time at which a media time leaves."""
        return (self.origin_ns or 0) + media_ns + self.delay_ns

    def media_due(self, now_ns: int) -> int:
        """What leaves now; negative before the first packet is due."""
        return -self.delay_ns if self.origin_ns is None else now_ns - self.origin_ns - self.delay_ns

    def begin_epoch(self) -> None:
        """A new connection has a new latency; it is no drift."""
        self._reference_ns = None
        self._warm = False
        self._window_least_ns = None
        self._owed_ns = 0

    def arrived(self, media_ns: int, now_ns: int) -> None:
        """A packet of the present epoch has come."""
        if self.origin_ns is None:
            self.origin_ns = now_ns - media_ns
            self._settled_ns = now_ns + min(SETTLE_NS, self.delay_ns // 2)
        elif now_ns < self._settled_ns and self.follow and not self.bursty:
            self.origin_ns = min(self.origin_ns, now_ns - media_ns)
        if not self.follow:
            return
        least = now_ns - media_ns
        if self._window_least_ns is None:
            self._window_least_ns, self._window_end_ns = least, now_ns + self._window_ns
            return
        self._window_least_ns = min(least, self._window_least_ns)
        if now_ns >= self._window_end_ns:
            self._close_window(self._window_least_ns, self.origin_ns)

    def slew(self, now_ns: int) -> None:
        """Moves the due times by what may be moved since the last call."""
        allowed = max(0, now_ns - self._last_slew_ns) * SLEW_PER_MILLION // 1_000_000
        self._last_slew_ns = now_ns
        if self.origin_ns is None or self._owed_ns == 0:
            return
        step = max(-allowed, min(allowed, self._owed_ns))
        self.origin_ns += step
        self._owed_ns -= step

    @property
    def _window_ns(self) -> int:
        return BURSTY_WINDOW_NS if self.bursty else WINDOW_NS

    def _close_window(self, least_ns: int, origin_ns: int) -> None:
        self._window_least_ns = None
        late_ns = least_ns - origin_ns
        if self.bursty and not self._warm:
            self._warm = True
            return
        if self._reference_ns is None:
            self._reference_ns = late_ns
            return
        drift = late_ns - self._reference_ns
        # What is still owed is inside the measure: the whole drift is what is owed now.
        self._owed_ns = drift if abs(drift) > DEAD_BAND_NS else 0
