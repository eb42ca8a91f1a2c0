"""What the previews (`WORKER_PREVIEW_DIR`) see of the stream: put down by the tick, handed over at times."""

import time
from pathlib import Path
from typing import Literal, cast

from fragment_audio.format import AudioFormat

from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.audio.transport_stream import SoundFrame
from media_service.config.settings import WorkerSettings
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.preview.pieces import Batch, Break, CodedPiece, LanePiece, PicturePiece, Piece
from media_service.preview.segmenter import LATE_IN_TURNS_NS, LATE_NS
from media_service.preview.writer import PreviewWriter
from media_service.timeline.epochs import Placed
from media_service.timeline.lane import Lane
from media_service.timeline.pace import Pace
from media_service.timeline.units import RATE_HZ, SECOND_NS, Clock
from media_service.worker.status import PreviewStatus

HAND_OVER_NS = SECOND_NS // 2
WINDOW_NS = 30 * SECOND_NS
"""Beyond the delay: the moment that is on air is in both playlists for so long."""
READ = RATE_HZ // 5
"""Lane samples taken at once."""
MOST_READ = 5 * RATE_HZ
"""More is a hole that nobody needs to hear."""


REFUSED = "an input that is read as fast as it goes has no preview"


def make_previews(settings: WorkerSettings, lane: Lane, clock: Clock) -> "Previews | None":
    """None where none are wanted."""
    if settings.preview_dir is None or not settings.realtime:
        return None
    # No run writes a segment a second, so the next one's numbers are beyond this one's.
    first_number = int(time.time())
    late_ns = LATE_IN_TURNS_NS if settings.input_kind == "hls" else LATE_NS
    writer = PreviewWriter(Path(settings.preview_dir), first_number, input_late_ns=late_ns)
    return Previews(writer, lane, clock)


def preview_status(settings: WorkerSettings, previews: "Previews | None") -> PreviewStatus:
    if previews is not None:
        return previews.status
    return PreviewStatus("off", REFUSED if settings.preview_dir is not None else None)


class Side:
    """One of the two streams, as it passes. `pieces` is emptied by whoever hands them over."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.size = 0
        self._coding: tuple[VideoFormat, PictureFormat] | None = None

    def picture(self, packet: Packet, offset_ns: int) -> None:
        """`offset_ns`: media time minus the packet's stamps."""
        if not isinstance(packet.format, VideoFormat):
            return
        if self._coding is None or self._coding[0] is not packet.format:
            codec = cast("Literal['h264', 'h265']", packet.format.codec)
            self._coding = packet.format, PictureFormat(codec, 0, 0, packet.format.codec_data)
        pts_ns, dts_ns = packet.pts_ns + offset_ns, packet.dts_ns + offset_ns
        unit = AccessUnit(packet.data, pts_ns, dts_ns, packet.key)
        self._put(PicturePiece(unit, self._coding[1]), packet.size)

    def coded(self, coding: AudioFormat, data: bytes, media_ns: int) -> None:
        self._put(CodedPiece(SoundFrame(media_ns, data), coding), len(data))

    def broke(self) -> None:
        """What follows does not continue what was."""
        if self.pieces[-1:] != [Break.BREAK]:
            self._put(Break.BREAK, 0)

    def _put(self, piece: Piece, size: int) -> None:
        self.pieces.append(piece)
        self.size += size


class InputSide(Side):
    """The source: its own packets, and the lane's sound where it is no AAC that browsers play."""

    def __init__(self, lane: Lane) -> None:
        super().__init__()
        self._lane = lane
        self._read_to: int | None = None
        self._epoch = -1

    def came(self, placed: Placed[Packet]) -> None:
        """A packet that has its place; sound that is to be decoded lies in the lane by now."""
        if placed.epoch != self._epoch:
            self._epoch = placed.epoch
            self.broke()
        packet = placed.item
        if not isinstance(packet.format, AudioFormat):
            self.picture(packet, placed.offset_ns)
        elif packet.format.copyable:
            self.coded(packet.format, packet.data, placed.media_ns)
        else:
            self._read()

    def broke(self) -> None:
        super().broke()
        self._read_to = None

    def _read(self) -> None:
        head = self._lane.head
        if self._read_to is None or head - self._read_to > MOST_READ:
            self._read_to = head
        if head - self._read_to >= READ:
            samples = self._lane.read(self._read_to, head - self._read_to)
            self._put(LanePiece(self._read_to, samples), samples.nbytes)
            self._read_to = head


class Previews:
    """Owned by the tick; nothing in here waits."""

    def __init__(self, writer: PreviewWriter, lane: Lane, clock: Clock) -> None:
        self.input, self.output = InputSide(lane), Side()
        self._writer = writer
        # A wall clock that is set while we run is no reason to date the stream anew.
        self._wall_ns = time.time_ns() - clock()
        self._due_ns = 0

    def begin(self) -> None:
        self._writer.begin()

    def hand_over(self, now: int, pace: Pace) -> None:
        if now < self._due_ns:
            return
        self._due_ns = now + HAND_OVER_NS
        batch = Batch(
            media_now_ns=None if pace.origin_ns is None else pace.media_now(now),
            wall_ns=now + self._wall_ns,
            window_ns=pace.delay_ns + WINDOW_NS,
            input=self.input.pieces,
            output=self.output.pieces,
        )
        self._writer.put(batch, self.input.size + self.output.size)
        for side in (self.input, self.output):
            side.pieces, side.size = [], 0

    def forget(self) -> None:
        """What was put down is not to be shown: another still writes there."""
        for side in (self.input, self.output):
            side.pieces, side.size = [], 0

    @property
    def segments(self) -> tuple[int, int]:
        """Written so far, of input and output."""
        return self._writer.segments

    @property
    def status(self) -> PreviewStatus:
        failure = self._writer.failure
        return PreviewStatus("on") if failure is None else PreviewStatus("failed", failure)

    def close(self, timeout_s: float) -> None:
        """For a thread."""
        self._writer.close(timeout_s)
