"""What a successor's output begins with: kept from the agreed keyframe on until somebody takes it.

The predecessor is still sending, or is just leaving; the connection may be refused for a moment. Nothing is
lost by that: the first connection that is taken gets everything, in order, at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from fragment_audio.format import FRAME_LENGTH

from media_service.handover.joint import Joint
from media_service.pipeline.packet import Packet
from media_service.timeline.units import CHANNELS, SECOND_NS, samples_of

Sound = tuple[bytes, int, int]
"""Its bytes, media time and length."""

SAMPLE_BYTES = 2 * CHANNELS
MOST_BYTES = 96 * 1024 * 1024
MOST_NS = 40 * SECOND_NS
"""Of media; what is older by then nobody wants to see any more."""


@dataclass
class Opening:
    """Owned by the loop, like the outlet."""

    joint: Joint
    priming: int | None
    """of the encoder; None where packets of sound are copied"""
    size: int = 0
    too_long: bool = False
    """it was kept for too long, and is given up"""
    _has_begun: bool = False
    _is_fed: bool = False
    """with sound"""
    _calls: list[Callable[["Fed"], object]] = field(default_factory=list)

    @property
    def has_begun(self) -> bool:
        """From here on everything is the next output's."""
        return self._has_begun

    def picture(self, packet: Packet, offset_ns: int) -> bool:
        """Whether it is the next output's."""
        if packet.dts_ns + offset_ns < self.joint.media_ns:
            return False
        self._has_begun = True
        self._keep(lambda fed: fed.feed_picture(packet, offset_ns), packet.size)
        return True

    def sound(self, data: bytes, media_ns: int, duration_ns: int) -> Sound | None:
        """The part of it that is wanted."""
        if self.priming is not None:
            # To the sample: the encoder's frames are to lie where the predecessor's would.
            lacking = self.joint.warm_up_at(self.priming) - samples_of(media_ns)
            if lacking < 0 and not self._is_fed:
                # The sound itself begins later: so many whole frames later.
                lacking %= FRAME_LENGTH
            whole = len(data) // SAMPLE_BYTES
            if lacking >= whole:
                return None
            self._is_fed = True
            if lacking > 0:
                media_ns += duration_ns * lacking // whole
                duration_ns -= duration_ns * lacking // whole
                data = data[lacking * SAMPLE_BYTES :]
        elif media_ns < self.joint.media_ns - SECOND_NS:
            return None
        self._has_begun |= media_ns > self.joint.media_ns + SECOND_NS
        self._keep(lambda fed: fed.feed_sound(data, media_ns, duration_ns), len(data))
        return data, media_ns, duration_ns

    def time(self, media_ns: int) -> None:
        self.too_long |= media_ns - self.joint.media_ns > MOST_NS
        if self._calls:
            self._calls.append(lambda fed: fed.feed_time(media_ns))

    def pour(self, fed: "Fed") -> None:
        """Everything so far, and it is kept still."""
        for call in self._calls:
            call(fed)

    def _keep(self, call: Callable[["Fed"], object], size: int) -> None:
        self.size += size
        self.too_long |= self.size > MOST_BYTES
        if not self.too_long:
            self._calls.append(call)


class Fed(Protocol):
    """Who is fed: the outlet, once it is connected."""

    def feed_picture(self, packet: Packet, offset_ns: int) -> bool: ...

    def feed_sound(self, data: bytes, media_ns: int, duration_ns: int) -> None: ...

    def feed_time(self, media_ns: int) -> None: ...
