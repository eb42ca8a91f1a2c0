"""What of a slot is put on record."""

from collections.abc import Sequence
from dataclasses import dataclass

from fragment_audio.format import AudioFormat

from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.timeline.units import Sound


@dataclass(frozen=True)
class CodedSound:
    """AAC frames as they came, and the frame before them."""

    format: AudioFormat
    frames: Sequence[bytes]
    preroll: bytes | None = None


@dataclass(frozen=True)
class CodedPicture:
    """Access units in decoding order; in the file their PTS count from the slot's start."""

    format: PictureFormat
    units: Sequence[AccessUnit]
    origin_ns: int


@dataclass(frozen=True, eq=False)
class Segment:
    batch_number: int
    sound: bytes | CodedSound | Sound | None
    """An M4A that is there already, frames to copy, or samples to encode."""
    picture: CodedPicture | None = None
