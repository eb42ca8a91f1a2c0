"""Log lines: one JSON object (or one line of text) an event, on standard error. Never audio, never a key."""

import asyncio
import contextlib
import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import orjson

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What would end a line, turn it around or steer a terminal: foreign words write no lines of their own."""

FIELDS = "fields"
"""The key in a call's `extra` under which a dict of named values goes into the line."""

Conceal = Callable[[str], str]
"""Takes what nobody may read out of a text."""


def named(**values: object) -> dict[str, dict[str, object]]:
    """The `extra` of a log call; what is None is left out."""
    return {FIELDS: {name: value for name, value in values.items() if value is not None}}


class LineFormatter(logging.Formatter):
    """What both formats share: `constant` stands on every line, `conceal` sees every text that leaves."""

    def __init__(self, constant: Mapping[str, object] | None = None, conceal: Conceal | None = None) -> None:
        super().__init__()
        self._constant = dict(constant or {})
        self._conceal = conceal

    def _message(self, record: logging.LogRecord) -> str:
        return self._shown(record.getMessage())

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        values = {**self._constant, **getattr(record, FIELDS, {})}
        if self._conceal is None:
            return values
        return {name: _concealed(value, self._conceal) for name, value in values.items()}

    def _exception(self, record: logging.LogRecord) -> str | None:
        if not record.exc_info:
            return None
        return self._shown("".join(traceback.format_exception(*record.exc_info)))

    def _shown(self, text: str) -> str:
        return self._conceal(text) if self._conceal else text


class JsonFormatter(LineFormatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
            **self._fields(record),
        }
        exception = self._exception(record)
        if exception is not None:
            line["exception"] = exception
        try:
            return _json(line)
        except TypeError:  # a file's name that is no text, a number that is too large, a circle
            return _json({name: _seen(str(value)) for name, value in line.items()})


class TextFormatter(LineFormatter):
    def format(self, record: logging.LogRecord) -> str:
        extra = "".join(f" {key}={value}" for key, value in self._fields(record).items())
        line = _seen(f"{_utc(record.created)} {record.levelname:7} {self._message(record)}{extra}")
        exception = self._exception(record)
        if exception is None:
            return line
        # Indented, so that what it quotes is not taken for a line of ours.
        return "\n".join((line, *(f"  {_seen(told)}" for told in exception.rstrip().split("\n"))))


FORMATTERS: dict[str, type[LineFormatter]] = {"json": JsonFormatter, "text": TextFormatter}


class BatchHandler(logging.StreamHandler[TextIO]):
    """Writes several lines at once, because a write for each is dear; trouble is written at once."""

    MOST_LINES = 50
    LONGEST_S = 0.2

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []
        self._waits_in: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a thread's line: nothing would come back to it
            self.flush()
            return
        if record.levelno >= logging.WARNING or len(self._lines) >= self.MOST_LINES:
            self.flush()
        elif self._waits_in is not loop:
            self._waits_in = loop
            loop.call_later(self.LONGEST_S, self._time_is_up)

    def flush(self) -> None:
        # From any thread: the timer is left alone, for only its own loop may touch it.
        self.acquire()
        try:
            if self._lines:
                text = "\n".join((*self._lines, ""))
                self._lines.clear()
                with contextlib.suppress(OSError, ValueError):  # whoever read the log may have gone
                    self.stream.write(text)
                    self.stream.flush()
        finally:
            self.release()

    def _time_is_up(self) -> None:
        self._waits_in = None
        self.flush()


def configure(
    root: str,
    level: str,
    format: str,
    *,
    constant: Mapping[str, object] | None = None,
    conceal: Conceal | None = None,
) -> None:
    """Sends the lines of the loggers under `root`, and its libraries' warnings, to standard error."""
    # What no line shows need not be found out for each: the caller's frame, thread, process and task.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = BatchHandler(sys.stderr)
    handler.setFormatter(FORMATTERS[format](constant, conceal))
    everything = logging.getLogger()
    everything.handlers = [handler]
    everything.setLevel(logging.WARNING)
    logging.getLogger(root).setLevel(level.upper())


def _json(line: Mapping[str, Any]) -> str:
    return _seen(orjson.dumps(line, default=str, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode())


def _seen(text: str) -> str:
    """Each such sign as JSON writes it, so that JSON stays what it says."""
    return text if text.isprintable() else _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _concealed(value: object, conceal: Conceal) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _concealed(inner, conceal) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_concealed(inner, conceal) for inner in value]
    return conceal(str(value))


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"
