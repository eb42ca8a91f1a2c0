"""What crosses the edge of this room."""

from dataclasses import dataclass

from fragment_audio.format import AudioFormat

from media_service.timeline.epochs import Track


@dataclass(frozen=True)
class VideoFormat:
    codec: str
    """"h264" or "h265"."""
    codec_data: bytes = b""
    """The avcC or hvcC record; empty where the access units are Annex B byte streams."""

    @property
    def label(self) -> str:
        return {"h264": "H.264", "h265": "H.265"}[self.codec]


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """One access unit of video, or one packet of audio. Stamps are nanoseconds of the source's own time."""

    track: Track
    format: VideoFormat | AudioFormat
    data: bytes
    pts_ns: int
    dts_ns: int
    """Equal to `pts_ns` for audio."""
    duration_ns: int
    """0 where the source does not say."""
    key: bool = True
    """Decoding can begin here."""

    @property
    def size(self) -> int:
        return len(self.data)
