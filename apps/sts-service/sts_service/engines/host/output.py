"""An engine process's standard output and error on their way into the log."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Iterator

from service_kit.logs import named

from sts_service.engines.host.lines import Lines

log = logging.getLogger(__name__)

_CHUNK_BYTES = 64 * 1024


class Output:
    """Reads a pipe that the process writes to."""

    def __init__(self, engine: str) -> None:
        """Raises `OSError`."""
        self._engine = engine
        self._lines = Lines()
        self._level = logging.INFO
        self.pid: int | None = None
        """Of the process, once it is known."""
        self.last_line = ""
        self._fd, self._write_fd = os.pipe()
        os.set_blocking(self._fd, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)

    @contextlib.contextmanager
    def handing_over(self) -> Iterator[int]:
        """The process's end of the pipe; afterwards the process alone has it, or nobody."""
        try:
            yield self._write_fd
        finally:
            os.close(self._write_fd)

    def quieten(self) -> None:
        """From now on it has heard speech, and may quote it: only for those who debug."""
        self._level = logging.DEBUG

    def close(self) -> None:
        """The process has ended; what it said last is still taken."""
        self._read()
        self._loop.remove_reader(self._fd)
        os.close(self._fd)
        self._tell(self._lines.end(time.monotonic_ns()))

    def _read(self) -> None:
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._fd, _CHUNK_BYTES)
            if not data:  # all who could write have gone
                self._loop.remove_reader(self._fd)
        self._tell(self._lines.feed(data, time.monotonic_ns()))

    def _tell(self, lines: list[str]) -> None:
        for line in lines:
            self.last_line = line
            if line.startswith("Fatal Python error"):  # a crash: what follows is code, and no speech
                self._level = logging.WARNING
            log.log(self._level, "engine says: %s", line, extra=named(engine=self._engine, pid=self.pid))
