"""From where to where the source is meant to be heard: not all that comes is, at its two ends."""

from fragment_audio.format import FRAME_LENGTH, AudioFormat

from media_service.pipeline.packet import Packet
from media_service.timeline.epochs import Placed
from media_service.timeline.units import MS_NS, SECOND_NS, ns_of

FIRST = 64
"""Access units among which the one is that is shown first."""


class Span:
    """Owned by the tick."""

    def __init__(self) -> None:
        self._least_ns: int | None = None
        """A source's own time 0 is where it begins; what is before is there to be decoded only."""
        self._begins_ns: int | None = None
        self._pictures = 0
        self._beyond_ns = 0
        """Of the latest packet of sound, what fills its frame behind the end."""

    def came(self, placed: Placed[Packet]) -> None:
        packet = placed.item
        if self._least_ns is None:
            self._least_ns = max(0, placed.offset_ns)
        if isinstance(packet.format, AudioFormat):
            self._hear(packet, packet.format)
            if self._begins_ns is not None and self._pictures >= FIRST:
                return
        else:
            self._pictures += 1
            if self._pictures > FIRST:
                return
        at_ns = packet.pts_ns + placed.offset_ns
        self._begins_ns = at_ns if self._begins_ns is None else min(at_ns, self._begins_ns)

    def told(self, head: int) -> tuple[int, int] | None:
        """`head`: the first lane sample that has not come. None where nothing has."""
        if self._begins_ns is None or self._least_ns is None:
            return None
        return max(self._begins_ns, self._least_ns), ns_of(head) - self._beyond_ns

    def _hear(self, packet: Packet, sound: AudioFormat) -> None:
        self._beyond_ns = 0
        if sound.is_aac_lc and packet.duration_ns:
            frame_ns = FRAME_LENGTH * SECOND_NS // sound.rate_hz
            # A container rounds; an edit list ends within a frame.
            short_ns = frame_ns - packet.duration_ns
            self._beyond_ns = short_ns if short_ns > MS_NS else 0
