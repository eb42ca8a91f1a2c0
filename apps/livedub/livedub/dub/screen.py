"""Where lines go: one that is rewritten in place on a terminal, else plain lines, now and then."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

CLEAR = "\r\x1b[K"
EVERY_S = 10.0
"""Between two lines of progress where nothing can be rewritten."""


class Screen:
    """On standard error, so that standard output is a machine's."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self.is_terminal = stream.isatty()
        self._shows = False
        self._last_s = clock()

    def status(self, line: str) -> None:
        """The latest of a line that changes all the time."""
        if self.is_terminal:
            width = shutil.get_terminal_size().columns
            self._write(f"{CLEAR}{line[: width - 1]}")
            self._shows = True
        elif self._clock() - self._last_s >= EVERY_S:
            self.say(line)

    def say(self, line: str) -> None:
        """A line that stays."""
        self._last_s = self._clock()
        self._write((CLEAR if self._shows else "") + f"{line}\n")
        self._shows = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # The terminal is gone; the dubbing goes on until it is told to stop.
            self.is_terminal = False
