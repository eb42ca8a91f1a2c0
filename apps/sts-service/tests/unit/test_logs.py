"""What stands in a log line, and what never does."""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from dubbing_protocol import Message
from sts_service.echo import EchoSettings
from sts_service.echo.processor import EchoProcessor
from sts_service.server import logs
from sts_service.server.gateway import Peer
from sts_service.server.hub import Hub
from sts_service.server.logs import FORMATTERS, JsonFormatter, TextFormatter, configure, named
from sts_service.server.packets import ClientEvent

from unit.fragments import a_fragment, an_init

KEY = "hunter2-hunter2"
SOUND = "c2VjcmV0IHNvdW5k" * 4
LIMIT_S = 5.0


def record(message: str, *arguments: object, error: BaseException | None = None, **values: object) -> Any:
    made = logging.LogRecord("sts_service.x", logging.WARNING, "x.py", 1, message, arguments, None)
    made.created = 1_700_000_000.25
    if error:
        made.exc_info = (type(error), error, error.__traceback__)
    vars(made).update(named(**values))
    return made


def test_a_json_line_is_one_object_with_the_named_values() -> None:
    line = JsonFormatter().format(record("took %d ms", 12, stream_id="a", attempts=2, nothing=None))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "warning",
        "logger": "sts_service.x",
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


@pytest.mark.parametrize("format", FORMATTERS)
def test_an_exception_comes_with_its_traceback(format: str) -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        line = FORMATTERS[format]().format(record("failed", error=error))
    assert "ValueError: broken" in line
    assert "Traceback" in line
    assert format == "text" or "\n" not in line


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Gives the process its logging back."""
    root, ours = logging.getLogger(), logging.getLogger(logs.ROOT)
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
    configure("info", format)
    logging.getLogger("sts_service.server").info("seen", extra=named(stream_id="a"))
    logging.getLogger("sts_service.server").debug("too fine")
    logging.getLogger("another.library").info("too fine as well")
    logging.getLogger("another.library").warning("seen too")
    out, err = capsys.readouterr()
    assert out == ""
    assert "too fine" not in err
    assert ["seen too" in line for line in err.splitlines()] == [False, True]


class Listener(Peer):
    """A client in this process: keeps what it is sent."""

    def __init__(self) -> None:
        self.address, self.stream_header, self.worker_header = "127.0.0.1", None, None
        self.messages: list[Message] = []
        self.answered = asyncio.Event()

    async def send(self, message: Message) -> None:
        self.messages.append(message)
        if type(message).__name__ == "FragmentProcessed":
            self.answered.set()

    async def hang_up(self, *, for_good: bool) -> None:
        self.answered.set()

    def abort(self) -> None:
        self.answered.set()


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize("format", FORMATTERS)
async def test_neither_the_key_nor_audio_is_ever_logged(
    format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("debug", format)
    sound = a_fragment(0, data_base64=SOUND).to_wire()
    wrong = a_fragment(1, data_base64=SOUND).to_wire()
    not_base64 = a_fragment(1, data_base64="!" + SOUND).to_wire()
    wrong["audio"]["duration_ms"] = SOUND
    listener, settings = Listener(), EchoSettings(sts_api_key=KEY)
    async with Hub(settings, EchoProcessor()) as hub:
        for token in (KEY, KEY + "x", None):
            hub.admit(listener, token)
        connection = hub.connect(listener)
        for event, payload in (
            ("fragment:data", sound),
            ("stream:init", {"stream_id": SOUND, "auth": {"token": KEY}}),
            ("stream:init", an_init().to_wire()),
            ("fragment:data", wrong),
            ("fragment:data", {**sound, "stream_id": "another"}),
            ("fragment:data", sound),
            ("fragment:data", not_base64),
            (f"event:{SOUND}"[:64], sound),
        ):
            await connection.event(ClientEvent(event, [payload]))
        await asyncio.wait_for(listener.answered.wait(), LIMIT_S)
        await connection.gone()
    logged = capsys.readouterr().err
    sys.stderr.write(logged)
    assert "stream opened" in logged
    assert "handshake refused" in logged
    assert KEY not in logged
    assert SOUND[:16] not in logged


def test_settings_can_be_logged_as_text_without_the_key() -> None:
    line = TextFormatter().format(record("settings", settings=EchoSettings(sts_api_key=KEY)))
    assert "idle_timeout_s" in line
    assert KEY not in line
