"""What stands in a log line, when it is written, and what never is."""

import asyncio
import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from service_kit.logs import FORMATTERS, BatchHandler, JsonFormatter, TextFormatter, configure, named

ROOT = "a_service"
KEY = "hunter2-hunter2"
LIMIT_S = 5.0


def record(
    message: str,
    *arguments: object,
    error: BaseException | None = None,
    level: int = logging.WARNING,
    **values: object,
) -> Any:
    made = logging.LogRecord(f"{ROOT}.x", level, "x.py", 1, message, arguments, None)
    made.created = 1_700_000_000.25
    if error:
        made.exc_info = (type(error), error, error.__traceback__)
    vars(made).update(named(**values))
    return made


def hide(text: str) -> str:
    return text.replace(KEY, "***")


def test_a_json_line_is_one_object_with_the_named_values() -> None:
    line = JsonFormatter().format(record("took %d ms", 12, stream_id="a", attempts=2, nothing=None))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "warning",
        "logger": f"{ROOT}.x",
        "message": "took 12 ms",
        "stream_id": "a",
        "attempts": 2,
    }


def test_a_json_line_shows_what_json_does_not_know_as_text() -> None:
    shown = json.loads(JsonFormatter().format(record("x", where=ValueError("there"), when={1})))
    assert (shown["where"], shown["when"]) == ("there", "{1}")


def test_a_text_line_is_one_line_with_the_named_values() -> None:
    line = TextFormatter().format(record("stream opened", stream_id="a", nothing=None))
    assert line == "2023-11-14T22:13:20.250Z WARNING stream opened stream_id=a"


STEERING = "a\nWARNING b\r\x1b[2J\x9b\u2028\u202e"
NO_TEXT = "\udcff.mp4"
"""A file's name that is not UTF-8, as Python has it."""


@pytest.mark.parametrize("format", FORMATTERS)
@pytest.mark.parametrize("word", [STEERING, NO_TEXT, "\ud800"])
def test_foreign_words_write_no_lines_of_their_own(format: str, word: str) -> None:
    try:
        raise ValueError(word)
    except ValueError as error:
        made = record("%s came", word, error=error, title=word, several=[word])
    line, *more = FORMATTERS[format]({"streamId": word}).format(made).split("\n")
    assert line.encode().decode().isprintable()
    assert all(told.startswith("  ") and told.encode().decode().isprintable() for told in more)
    assert bool(more) == (format == "text")
    if format == "json":
        assert "came" in json.loads(line)["message"]


def test_what_json_cannot_write_down_is_written_all_the_same() -> None:
    line = json.loads(JsonFormatter().format(record("x", large=2**70, name=NO_TEXT)))
    assert (line["message"], line["large"]) == ("x", str(2**70))


@pytest.mark.parametrize("format", FORMATTERS)
def test_what_is_constant_stands_on_every_line(format: str) -> None:
    formatter = FORMATTERS[format]({"streamId": "match-1"})
    for line in (formatter.format(record("one")), formatter.format(record("two", batchNumber=3))):
        assert "match-1" in line
    assert JsonFormatter({"streamId": "a"}).format(record("x", streamId="b")).count('"streamId":"b"') == 1


@pytest.mark.parametrize("format", FORMATTERS)
def test_an_exception_comes_with_its_traceback(format: str) -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        line = FORMATTERS[format]().format(record("failed", error=error))
    assert "ValueError: broken" in line
    assert "Traceback" in line
    assert format == "text" or "\n" not in line


@pytest.mark.parametrize("format", FORMATTERS)
def test_what_is_to_be_concealed_is_in_no_part_of_a_line(format: str) -> None:
    nested = {"of": [KEY, (ValueError(KEY),)], "count": 3, "yes": True, "none": None}
    try:
        raise ValueError(KEY)
    except ValueError as error:
        made = record("to %s", KEY, error=error, url=f"x/{KEY}", nested=nested)
    line = FORMATTERS[format]({"name": KEY}, hide).format(made)
    assert KEY not in line
    assert line.count("***") == 6
    if format == "json":
        assert json.loads(line)["nested"] == {"of": ["***", ["***"]], "count": 3, "yes": True, "none": None}


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Gives the process its logging back."""
    root, ours = logging.getLogger(), logging.getLogger(ROOT)
    kept = (root.handlers, root.level, ours.level, logging._srcfile)
    flags = (logging.logThreads, logging.logProcesses, logging.logMultiprocessing)
    yield
    root.handlers = kept[0]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])
    logging._srcfile = kept[3]
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing = flags


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize("format", FORMATTERS)
def test_lines_go_to_standard_error_from_the_level_on(
    format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(ROOT, "info", format, constant={"run": "r-1"}, conceal=hide)
    logging.getLogger(f"{ROOT}.room").info("seen %s", KEY, extra=named(stream_id="a"))
    logging.getLogger(f"{ROOT}.room").debug("too fine")
    logging.getLogger("another.library").info("too fine as well")
    logging.getLogger("another.library").warning("seen too")
    out, err = capsys.readouterr()
    assert out == ""
    assert "too fine" not in err
    assert ["seen too" in line for line in err.splitlines()] == [False, True]
    assert err.count("r-1") == 2
    assert KEY not in err


class Sheet(io.StringIO):
    """Counts the writes, and tells of each."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.written = asyncio.Event()

    def write(self, text: str) -> int:
        self.writes += 1
        self.written.set()
        return super().write(text)


def info(message: str) -> logging.LogRecord:
    made: logging.LogRecord = record(message, level=logging.INFO)
    return made


async def test_several_lines_are_one_write_a_little_later() -> None:
    handler = BatchHandler(sheet := Sheet())
    for number in range(3):
        handler.handle(info(f"line {number}"))
    assert sheet.writes == 0
    await asyncio.wait_for(sheet.written.wait(), LIMIT_S)
    assert sheet.getvalue() == "line 0\nline 1\nline 2\n"
    assert sheet.writes == 1


async def test_trouble_takes_the_waiting_lines_along_at_once() -> None:
    handler = BatchHandler(sheet := Sheet())
    handler.handle(info("calm"))
    handler.handle(record("trouble"))
    assert sheet.getvalue() == "calm\ntrouble\n"


async def test_no_more_than_a_number_of_lines_waits() -> None:
    handler = BatchHandler(sheet := Sheet())
    for number in range(BatchHandler.MOST_LINES):
        assert sheet.writes == 0
        handler.handle(info(str(number)))
    assert sheet.writes == 1


def test_a_loop_that_ended_with_lines_waiting_does_not_silence_the_next() -> None:
    handler = BatchHandler(sheet := Sheet())

    async def one_line(message: str, *, wait: bool) -> None:
        handler.handle(info(message))
        if wait:
            await asyncio.wait_for(sheet.written.wait(), LIMIT_S)

    asyncio.run(one_line("first", wait=False))
    asyncio.run(one_line("second", wait=True))
    assert sheet.getvalue() == "first\nsecond\n"


async def test_a_thread_s_line_is_written_at_once() -> None:
    handler = BatchHandler(sheet := Sheet())
    handler.handle(info("of the loop"))
    thread = threading.Thread(target=handler.handle, args=(info("of a thread"),))
    thread.start()
    await asyncio.to_thread(thread.join, LIMIT_S)
    assert sheet.getvalue() == "of the loop\nof a thread\n"


def test_a_reader_who_has_gone_stops_nobody() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    BatchHandler(Gone()).handle(record("nobody reads this"))
