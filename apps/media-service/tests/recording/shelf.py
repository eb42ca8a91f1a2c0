"""A record that is written to memory, and media that are placed in time."""

from pathlib import Path

import numpy as np
from fragment_audio.format import AudioFormat
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.segment.files import SegmentFiles
from media_service.segment.record import Segment
from media_service.timeline.epochs import Placed, Track
from media_service.timeline.units import SECOND_NS, Sound
from media_service.worker.recording import SegmentRecord

FRAME_NS = SECOND_NS // 25
AAC = AudioFormat("aac", 48_000, 2, bytes([0x11, 0x90]))
OPUS = AudioFormat("opus", 48_000, 2)
H264 = VideoFormat("h264", b"avcC")


class Shelf(SegmentFiles):
    """Takes everything; `room` less where the disk is slow."""

    def __init__(self, room: int = 1000) -> None:
        super().__init__(Path("nowhere"), "s")
        self.room = room
        self.taken: list[Segment] = []

    def put(self, segment: Segment) -> bool:
        if len(self.taken) >= self.room:
            self.dropped += 1
            return False
        self.taken.append(segment)
        return True

    def shown(self) -> list[list[bytes]]:
        """The access units of each segment."""
        return [[unit.data for unit in one.picture.units] if one.picture else [] for one in self.taken]


def lane(start: int, length: int) -> Sound:
    """Sound that tells where it was read."""
    return np.full((length, 2), start, np.float32)


def record_on(shelf: Shelf, sound: AudioFormat = OPUS) -> SegmentRecord:
    record = SegmentRecord(shelf, lane)
    record.format(sound)
    return record


def placed(
    decoded: int, shown: int | None = None, *, coding: VideoFormat = H264, data: bytes | None = None
) -> Placed[Packet]:
    """A frame with its places in decoding and on the screen; its stamps are those of a late joiner."""
    shown = decoded if shown is None else shown
    offset_ns = -7 * SECOND_NS
    pts_ns, dts_ns = shown * FRAME_NS - offset_ns, decoded * FRAME_NS - offset_ns
    content = b"%d" % shown if data is None else data
    packet = Packet(Track.VIDEO, coding, content, pts_ns, dts_ns, FRAME_NS, decoded == 0)
    return Placed(packet, Track.VIDEO, dts_ns, offset_ns, 0, 0)
