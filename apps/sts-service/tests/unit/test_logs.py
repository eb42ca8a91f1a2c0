"""What never stands in a log line."""

import asyncio
import logging
import sys

import pytest
from dubbing_protocol import Message
from service_kit.logs import FORMATTERS, TextFormatter, configure, named
from sts_service.echo import EchoSettings
from sts_service.echo.processor import EchoProcessor
from sts_service.server.gateway import Peer
from sts_service.server.hub import Hub
from sts_service.server.packets import ClientEvent

from unit.fragments import a_fragment, an_init

KEY = "hunter2-hunter2"
SOUND = "c2VjcmV0IHNvdW5k" * 4
LIMIT_S = 5.0


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


@pytest.mark.parametrize("format", FORMATTERS)
async def test_neither_the_key_nor_audio_is_ever_logged(
    format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("sts_service", "debug", format)
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
    made = logging.LogRecord("sts_service.x", logging.INFO, "x.py", 1, "settings", None, None)
    vars(made).update(named(settings=EchoSettings(sts_api_key=KEY)))
    line = TextFormatter().format(made)
    assert "idle_timeout_s" in line
    assert KEY not in line
