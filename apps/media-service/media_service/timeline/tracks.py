"""The two tracks, and a packet with its place in media time."""

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar


class Track(Enum):
    AUDIO = "audio"
    VIDEO = "video"

    @property
    def other(self) -> "Track":
        return Track.VIDEO if self is Track.AUDIO else Track.AUDIO


T = TypeVar("T")


@dataclass(frozen=True)
class Placed(Generic[T]):
    """A packet and the media time of its stamp."""

    item: T
    track: Track
    stamp_ns: int
    offset_ns: int
    """Media time minus stamp; holds for every other stamp of this packet too."""
    epoch: int
    arrived_ns: int
    """Clock time."""

    @property
    def media_ns(self) -> int:
        return self.stamp_ns + self.offset_ns


@dataclass(frozen=True, eq=False)
class Arrival(Generic[T]):
    """A packet that has come and may have to wait for its place."""

    item: T
    track: Track
    stamp_ns: int
    duration_ns: int
    arrived_ns: int
    media_now_ns: int
    """The media time that a packet without jitter would have had when it came."""

    @property
    def end_ns(self) -> int:
        return self.stamp_ns + self.duration_ns

    @property
    def offset_ns(self) -> int:
        """Media time minus stamp, had it come without jitter."""
        return self.media_now_ns - self.stamp_ns
