"""RTCP sender reports: which stamps of two tracks belong to the same moment.

rtspsrc dates the first packet of each track by its arrival. For one who joins another's stream these two are
no pair: with B-frames, or after a burst, sound and picture lie apart until the sender's reports have come,
which may take seconds. GStreamer would then move one track's stamps in midstream, to within 4 ms. Here they
stay as they are, and it is told how far they are apart, so that it can be mended in what still waits.
"""

from typing import Any

from media_service.timeline.units import SECOND_NS

FARTHEST_NS = 3 * SECOND_NS
"""Tracks that are told to lie further apart have senders whose clocks disagree."""
OFF_NS = 1
"""The largest correction that rtspsrc may make by itself; 0 would be no bound."""


class SenderReports:
    """Told of in streaming threads, once a report; read by the poll."""

    def __init__(self) -> None:
        self._clocks: dict[int, int] = {}
        """By RTP session, the sender's clock minus the stamps, in nanoseconds."""

    def apart_ns(self, session: int | None, other: int | None) -> int | None:
        """What is to be added to the stamps of `session` to make them those of `other`; None until known."""
        if session not in self._clocks or other not in self._clocks:
            return None
        apart = self._clocks[session] - self._clocks[other]
        return apart if abs(apart) <= FARTHEST_NS else None

    def report(self, _: Any, report: Any, session: int) -> None:
        """A jitter buffer has had one; its structure says to which of its stamps it belongs."""
        found = [report.get_uint64(name) for name in ("base-rtptime", "base-time", "sr-ext-rtptime")]
        known, clock_ns = report.get_uint64("sr-ntpnstime")
        rate = report.get_uint("clock-rate")[1]
        if known and rate and all(there for there, _ in found):
            base, base_ns, reported = (value for _, value in found)
            self._clocks[session] = clock_ns - base_ns - (reported - base) * SECOND_NS // rate
