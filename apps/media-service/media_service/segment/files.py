"""The record of what came in: a sound file and a picture file for each slot, on disk for a while.

The live path only drops segments into a short queue; one thread writes them. It never waits for a disk: a
full queue drops the segment and counts it, a disk that refuses ends the writing for good, with one warning.
"""

import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from fragment_audio import m4a

from media_service.audio import picture
from media_service.segment.record import CodedPicture, CodedSound, Segment
from media_service.segment.retention import PART, Retention, remove_leftovers
from media_service.timeline.units import RATE_HZ, Sound

_log = logging.getLogger(__name__)
_STREAM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_QUEUE_LENGTH = 4
_Source = TypeVar("_Source")


class SegmentFiles:
    """`{folder}/{stream_id}/{batch_number:06d}_audio.m4a` and `_video.mp4`. `put` and the counters are for
    one thread.

    The thread starts with the first segment. A file appears under its name only when it is whole.
    """

    def __init__(self, folder: Path, stream_id: str, *, retention: Retention | None = None) -> None:
        """Raises ValueError for a stream whose files would lie elsewhere."""
        self.folder = _inside(folder, stream_id)
        self.written = 0
        """Segments."""
        self.dropped = 0
        """Segments for which the queue had no room."""
        self.failed = 0
        """Segments that could not be put into a file, whole or in part."""
        self.stopped = False
        """The disk refused; nothing is written any more."""
        self.retention = retention or Retention()
        self._queue: queue.Queue[Segment | None] = queue.Queue(_QUEUE_LENGTH)
        self._thread: threading.Thread | None = None
        self._closed = False
        self._warned = False
        self._parameter_sets = b""
        self._size = (0, 0)

    def put(self, segment: Segment) -> bool:
        """Never waits. False where the segment will not be written."""
        if self.stopped or self._closed:
            return False
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_all, name="segment-files", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(segment)
        except queue.Full:
            self.dropped += 1
            return False
        return True

    @property
    def is_behind(self) -> bool:
        """Something waits for the disk."""
        return not self._queue.empty() and not self.stopped

    def close(self, timeout_s: float = 5.0) -> bool:
        """Writes what is queued. False where that took too long: the thread is left behind, a daemon."""
        self._closed = True
        if self._thread is None:
            return True
        deadline_s = time.monotonic() + timeout_s
        try:
            self._queue.put(None, timeout=timeout_s)
        except queue.Full:
            return False
        self._thread.join(max(0.0, deadline_s - time.monotonic()))
        return not self._thread.is_alive()

    def _write_all(self) -> None:
        begun = False
        while (segment := self._queue.get()) is not None:
            if self.stopped:
                continue
            try:
                if not begun:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    remove_leftovers(self.folder)
                    begun = True
                self._write(segment)
                self.retention.apply(self.folder)
            except OSError as error:
                self.stopped = True
                _log.warning(
                    "segment files are no longer written: %s", error.strerror or type(error).__name__
                )

    def _write(self, segment: Segment) -> None:
        whole = True
        for name, coded in self._coded(segment):
            if coded is None:
                whole = False
                continue
            part = self.folder / f"{segment.batch_number:06d}_{name}{PART}"
            try:
                part.write_bytes(coded)
                part.replace(part.with_suffix(""))
            except OSError:
                _remove(part)
                raise
        self.written += whole
        self.failed += not whole

    def _coded(self, segment: Segment) -> Iterator[tuple[str, bytes | None]]:
        """Each file's name and content; None where the packets make no file, which is no reason to stop."""
        if segment.sound is not None:
            yield "audio.m4a", self._made(_sound_file, segment.sound)
        if segment.picture is not None:
            yield "video.mp4", self._made(self._picture_file, segment.picture)

    def _made(self, make: Callable[[_Source], bytes], source: _Source) -> bytes | None:
        try:
            return make(source)
        except Exception as error:  # whatever a muxer says of packets that are not what they should be
            if not self._warned:
                self._warned = True
                _log.warning("a segment cannot be put into a file: %s", type(error).__name__)
            return None

    def _picture_file(self, shot: CodedPicture) -> bytes:
        coding = shot.format
        if not coding.codec_data:
            # A slot may begin, or even end, within a group of pictures: then the sets are an earlier slot's.
            self._parameter_sets = picture.parameter_sets(shot.units, coding.codec) or self._parameter_sets
            coding = replace(coding, codec_data=self._parameter_sets)
        if not coding.width:
            # Found anew with each keyframe that can be decoded: with codec_data the size may change as well.
            self._size = picture.size_of(shot.units, coding) or self._size
            coding = replace(coding, width=self._size[0], height=self._size[1])
        return picture.mp4(shot.units, coding, origin_ns=shot.origin_ns)


def _sound_file(sound: bytes | CodedSound | Sound) -> bytes:
    if isinstance(sound, bytes):
        return sound
    if isinstance(sound, CodedSound):
        return m4a.copy(sound.frames, sound.format, sound.preroll)
    return m4a.encode(sound, rate_hz=RATE_HZ)


def _inside(folder: Path, stream_id: str) -> Path:
    if not _STREAM_ID.fullmatch(stream_id):
        raise ValueError("a stream id is 1 to 64 letters, digits, _ and -")
    own = folder / stream_id
    if own.resolve().parent != folder.resolve():
        raise ValueError(f"the folder of stream {stream_id} lies elsewhere")
    return own


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        _log.debug("a part of a segment file stays behind")
