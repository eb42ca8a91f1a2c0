"""The thread that writes the previews. What it is given may pile up for a while, and then it is given up."""

import logging
import queue
import threading
import time
from contextlib import suppress
from pathlib import Path

from media_service.preview.dates import SourceDates
from media_service.preview.folder import Folder
from media_service.preview.pieces import Batch
from media_service.preview.segmenter import LATE_NS
from media_service.preview.side import Side

log = logging.getLogger("media_service.preview")

MOST_WAITING = 24
"""Batches; half a second each."""
MOST_WAITING_BYTES = 64 * 1024 * 1024


class PreviewWriter:
    """`put` is for the tick and never waits; `close` is for a thread."""

    def __init__(self, folder: Path, first_number: int, *, input_late_ns: int = LATE_NS) -> None:
        """`first_number`: of the first segments; greater than those of any run before. `input_late_ns`: how
        far apart the source's tracks may come.
        """
        self._folder = folder
        dates = self._dates = SourceDates()
        self._input = Side(Folder(folder / "input"), first_number, dates, input_late_ns)
        self._output = Side(Folder(folder / "output"), first_number, dates)
        self._queue: queue.Queue[tuple[Batch, int] | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._write_all, name="preview", daemon=True)
        self._closing = False
        self._taken_bytes = self._done_bytes = 0
        """Each is written by one thread only."""
        self.failure: str | None = None
        """Why nothing is written any more."""

    def begin(self) -> None:
        self._thread.start()

    @property
    def segments(self) -> tuple[int, int]:
        """Written so far, of input and output."""
        return self._input.segments, self._output.segments

    def put(self, batch: Batch, size: int) -> None:
        """`size`: bytes of media in it."""
        if self.failure is not None or self._closing:
            return
        if self._taken_bytes - self._done_bytes > MOST_WAITING_BYTES:
            self._fail("the disk is too slow")
            return
        try:
            self._queue.put_nowait((batch, size))
        except queue.Full:
            self._fail("the disk is too slow")
            return
        self._taken_bytes += size

    def close(self, timeout_s: float) -> bool:
        """Ends the thread and removes the folder. False where that takes too long: it is left behind."""
        self._closing = True
        deadline_s = time.monotonic() + timeout_s
        with suppress(queue.Full):
            self._queue.put(None, timeout=timeout_s)
        self._thread.join(max(0.0, deadline_s - time.monotonic()))
        return not self._thread.is_alive()

    def _fail(self, reason: str) -> None:
        if self.failure is None:
            self.failure = reason
            log.warning("previews are off: %s", reason)

    def _write_all(self) -> None:
        try:
            self._input.folder.begin()
            self._output.folder.begin()
        except OSError as error:
            self._fail(_words(error))
        while (given := self._queue.get()) is not None:
            batch, size = given
            if self.failure is None and not self._closing:
                self._write(batch)
            self._done_bytes += size
            if self.failure is not None:
                # It gives its room back; and what does not go on is not to be shown as if it did.
                self._remove()
        self._remove()

    def _write(self, batch: Batch) -> None:
        if batch.media_now_ns is not None:
            self._dates.tell(batch.media_now_ns, batch.wall_ns)
        try:
            self._input.take(batch.input, batch.window_ns)
            self._output.take(batch.output, batch.window_ns)
        except OSError as error:
            self._fail(_words(error))
        except Exception as error:
            log.debug("the previews' own fault", exc_info=True)
            self._fail(type(error).__name__)

    def _remove(self) -> None:
        self._input.folder.remove()
        self._output.folder.remove()
        with suppress(OSError):
            self._folder.rmdir()


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__
