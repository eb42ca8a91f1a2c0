"""The record of what came in (`WORKER_SEGMENT_DIR`): each slot's sound and picture, handed to the writer.

A slot's picture is what is shown within it: the access units whose PTS lie in its span, in decoding order,
as they came. It may begin within a group of pictures, and then shows something from the next keyframe on: it
is a record, and one slot's file after the other holds every access unit once.

The picture may come before the sound that ends a slot, or after it; so a slot waits until the picture's
decoding has passed its end, but no longer than `PATIENCE_NS` of sound.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from fragment_audio.format import FRAME_LENGTH, AudioFormat

from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.config.logs import named
from media_service.config.settings import WorkerSettings
from media_service.errors import SettingsWrong
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.segment.files import SegmentFiles
from media_service.segment.record import CodedPicture, CodedSound, Segment
from media_service.segment.retention import Retention
from media_service.timeline.epochs import Placed
from media_service.timeline.units import RATE_HZ, SECOND_NS, Sound, ns_of
from media_service.worker.fragments import without_holes
from media_service.worker.hearing import Frame

log = logging.getLogger("media_service.segment")

PATIENCE_NS = 2 * SECOND_NS
MOST_BYTES = 128 * 1024 * 1024
"""Of access units that wait; past that the oldest goes. They are the output's own, not copies."""
HOUR_S = 3600.0


@dataclass(frozen=True, eq=False)
class _Open:
    number: int
    start_ns: int
    end_ns: int
    sound: CodedSound | Sound | None


class SegmentRecord:
    """Owned by the tick; nothing in here waits. `batch_number` counts the cuts, as the slots' numbers do."""

    def __init__(self, files: SegmentFiles, read: Callable[[int, int], Sound]) -> None:
        """`read`: the lane's sound from a sample on, so many of them; for what is not copied."""
        self.files = files
        self._read = read
        self._sound: AudioFormat | None = None
        self._units: deque[tuple[VideoFormat, AccessUnit]] = deque()
        self._held_bytes = 0
        self._open: deque[_Open] = deque()
        self._next = 0

    @property
    def is_behind(self) -> bool:
        """Something waits for the disk; who is in no hurry brings no more."""
        return self.files.is_behind

    def format(self, sound: AudioFormat) -> None:
        """The sound is of this format from now on."""
        self._sound = sound

    def picture(self, placed: Placed[Packet]) -> None:
        """An access unit of video, in decoding order."""
        packet, offset_ns = placed.item, placed.offset_ns
        if self.files.stopped or not isinstance(packet.format, VideoFormat):
            return
        decode_ns = packet.dts_ns + offset_ns
        unit = AccessUnit(packet.data, packet.pts_ns + offset_ns, decode_ns, packet.key)
        while self._open and self._open[0].end_ns <= decode_ns:
            self._put(self._open.popleft())
        self._units.append((packet.format, unit))
        self._held_bytes += packet.size
        while self._held_bytes > MOST_BYTES:
            self._held_bytes -= len(self._units.popleft()[1].data)

    def cut(self, start: int, end: int, frames: Sequence[Frame]) -> None:
        """A slot has ended (lane samples); `frames` are its packets of sound, and may be more than those."""
        number, self._next = self._next, self._next + 1
        if self.files.stopped:
            self._units.clear()
            self._open.clear()
            self._held_bytes = 0
            return
        self._open.append(_Open(number, ns_of(start), ns_of(end), self._sound_of(start, end, frames)))
        while self._open[0].end_ns + PATIENCE_NS <= ns_of(end):
            self._put(self._open.popleft())

    def end(self) -> None:
        """Nothing more comes: what is open is handed over as it is."""
        while self._open:
            self._put(self._open.popleft())

    def close(self, timeout_s: float) -> None:
        """Waits for the writer; for a thread. Nothing else may be called any more."""
        whole = self.files.close(timeout_s)
        counts = named(written=self.files.written, dropped=self.files.dropped, failed=self.files.failed)
        if whole:
            log.info("segment files: closed", extra=counts)
        else:
            log.warning("segment files: the disk is too slow, the last ones are not written", extra=counts)

    def _sound_of(self, start: int, end: int, frames: Sequence[Frame]) -> CodedSound | Sound | None:
        if self._sound is None or not self._sound.copyable:
            return self._read(start, end - start)
        # By the middle of a frame: stamps in milliseconds put its first sample a little off a cut.
        half = FRAME_LENGTH * RATE_HZ // self._sound.rate_hz // 2
        inside = [frame for frame in frames if start <= frame.start + half < end]
        before = [frame for frame in frames if frame.start + half < start]
        whole = without_holes(start, end - start, inside, self._sound)
        return CodedSound(self._sound, whole, before[-1].data if before else None) if whole else None

    def _put(self, slot: _Open) -> None:
        dropped = self.files.dropped
        self.files.put(Segment(slot.number, slot.sound, self._picture_of(slot)))
        if self.files.dropped > dropped and self.files.dropped & (self.files.dropped - 1) == 0:
            log.warning(
                "segment files: the disk is too slow, %d segments are not written", self.files.dropped
            )

    def _picture_of(self, slot: _Open) -> CodedPicture | None:
        """What is shown within the slot; lets go of what was shown before its end."""
        inside = [
            (coding, unit) for coding, unit in self._units if slot.start_ns <= unit.pts_ns < slot.end_ns
        ]
        self._units = deque((coding, unit) for coding, unit in self._units if unit.pts_ns >= slot.end_ns)
        self._held_bytes = sum(len(unit.data) for _, unit in self._units)
        if not inside:
            return None
        # One file has one configuration: after a change within the slot, the longer part is what it holds.
        first = inside[0][0]
        own = [unit for coding, unit in inside if coding == first]
        if 2 * len(own) < len(inside):
            first = inside[-1][0]
            own = [unit for coding, unit in inside if coding == first]
        codec = cast("Literal['h264', 'h265']", first.codec)
        return CodedPicture(PictureFormat(codec, 0, 0, first.codec_data), own, slot.start_ns)


def make_record(settings: WorkerSettings, read: Callable[[int, int], Sound]) -> SegmentRecord | None:
    """None where no record is wanted. Raises `SettingsWrong`."""
    if settings.segment_dir is None:
        return None
    retention = Retention(settings.segment_keep_count or None, settings.segment_keep_hours * HOUR_S or None)
    try:
        files = SegmentFiles(Path(settings.segment_dir), settings.stream_id, retention=retention)
    except (ValueError, OSError) as error:
        raise SettingsWrong(f"WORKER_SEGMENT_DIR: {error}") from None
    return SegmentRecord(files, read)
