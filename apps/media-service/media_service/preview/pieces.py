"""What the tick hands over: pieces of one of the two streams, in the order in which they came."""

from dataclasses import dataclass, field
from enum import Enum

from fragment_audio.format import AudioFormat

from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.audio.transport_stream import SoundFrame
from media_service.timeline.units import Sound


@dataclass(frozen=True, slots=True, eq=False)
class PicturePiece:
    unit: AccessUnit
    coding: PictureFormat


@dataclass(frozen=True, slots=True, eq=False)
class CodedPiece:
    """Sound that is AAC already."""

    frame: SoundFrame
    coding: AudioFormat


@dataclass(frozen=True, slots=True, eq=False)
class LanePiece:
    """Sound of the lane, yet to be encoded."""

    start: int
    samples: Sound


class Break(Enum):
    """What follows does not continue what was before."""

    BREAK = "break"


Piece = PicturePiece | CodedPiece | LanePiece | Break


@dataclass(frozen=True, eq=False)
class Batch:
    """What has come since the batch before."""

    media_now_ns: int | None
    """The media time that comes in now; None before anything has."""
    wall_ns: int
    window_ns: int
    """What the playlists are to cover."""
    input: list[Piece] = field(default_factory=list)
    output: list[Piece] = field(default_factory=list)
