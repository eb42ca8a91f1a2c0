"""Log lines: one JSON object (or one line of text) an event, on standard error. Never audio, never a key."""

import asyncio
import contextlib
import logging
import sys
import time
import traceback
from typing import Any, TextIO

import orjson

ROOT = "sts_service"

FIELDS = "fields"
"""The key in a call's `extra` under which a dict of named values goes into the line."""


def named(**values: object) -> dict[str, dict[str, object]]:
    """The `extra` of a log call; what is None is left out."""
    return {FIELDS: {name: value for name, value in values.items() if value is not None}}


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))
        return orjson.dumps(line, default=str, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode()


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        extra = "".join(f" {key}={value}" for key, value in getattr(record, FIELDS, {}).items())
        line = f"{_utc(record.created)} {record.levelname:7} {record.getMessage()}{extra}"
        if record.exc_info:
            line += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        return line


FORMATTERS: dict[str, type[logging.Formatter]] = {"json": JsonFormatter, "text": TextFormatter}


class BatchHandler(logging.StreamHandler[TextIO]):
    """Writes several lines at once, because a write for each is dear; trouble is written at once."""

    MOST_LINES = 50
    LONGEST_S = 0.2

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))
        if record.levelno >= logging.WARNING or len(self._lines) >= self.MOST_LINES:
            self.flush()
        elif self._timer is None:
            try:
                self._timer = asyncio.get_running_loop().call_later(self.LONGEST_S, self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            text = "\n".join((*self._lines, ""))
            self._lines.clear()
            with contextlib.suppress(OSError, ValueError):  # whoever read the log may have gone
                self.stream.write(text)
                self.stream.flush()


def configure(level: str, format: str) -> None:
    """Sends the service's and its libraries' log lines to standard error."""
    # What no line shows need not be found out for each: the caller's frame, thread, process and task.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = BatchHandler(sys.stderr)
    handler.setFormatter(FORMATTERS[format]())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(ROOT).setLevel(level.upper())


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"
