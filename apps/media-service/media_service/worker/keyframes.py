"""The keyframes that wait for their time, by what they show."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from media_service.handover.choice import MOST, Keyframe
from media_service.handover.slices import digest, length_size
from media_service.pipeline.packet import Packet, VideoFormat

LETTERS = 16
"""Of the hash."""


@dataclass(frozen=True, eq=False)
class Held:
    keyframe: Keyframe
    decode_ns: int
    """its place in the queue"""
    leaves_ns: int
    """the media time at which it is to be decoded"""


class Keyframes:
    """A picture's name is made once, and only if somebody asks."""

    def __init__(self) -> None:
        self._names: dict[Packet, str] = {}

    def held(
        self,
        waiting: Iterator[tuple[int, int, Packet]],
        due_in: Callable[[int], int],
        least_ns: int,
    ) -> list[Held]:
        """Those due in `least_ns` or later. `waiting`: by time in the queue, time of decoding, packet."""
        names = self._names
        held: list[Held] = []
        self._names = {}
        for decode_ns, leaves_ns, packet in waiting:
            due_in_ns = due_in(decode_ns)
            if due_in_ns < least_ns or len(held) == MOST:
                continue
            name = self._names[packet] = names.get(packet) or _name(packet)
            held.append(Held(Keyframe(name, due_in_ns), decode_ns, leaves_ns))
        return held


def _name(packet: Packet) -> str:
    coding = packet.format
    if not isinstance(coding, VideoFormat):
        raise TypeError("only pictures have names")
    return digest(packet.data, coding.codec, length_size(coding.codec, coding.codec_data)).hex()[:LETTERS]
