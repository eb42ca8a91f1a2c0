"""Every conversation that docs/protocol.md shows is what a real server says."""

import asyncio

import pytest
from dubbing_protocol import TO_SERVER, TO_WORKER
from sts_service.echo import EchoServer
from sts_service.server import gateway
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from docs.conversation import Conversation, Line, conversations, play, websocket

SHOWN = conversations()


def session() -> Conversation:
    (whole,) = [shown for shown in SHOWN if shown.lines[-1] == Line(True, "(closed 1000)")]
    return whole


@pytest.mark.parametrize("number", range(len(SHOWN)))
async def test_the_server_says_what_the_page_shows(number: int) -> None:
    await play(SHOWN[number])


async def test_a_page_that_shows_something_else_is_found_out() -> None:
    whole = session()
    ready = next(number for number, line in enumerate(whole.lines) if "stream:ready" in line.text)
    wrong = Line(True, whole.lines[ready].text.replace('"max_inflight":2', '"max_inflight":3'))
    with pytest.raises(AssertionError, match="the page"):
        await play(Conversation(whole.settings, [*whole.lines[:ready], wrong]))


def test_the_complete_session_is_complete() -> None:
    def events(by_server: bool) -> set[str]:
        return {
            line.text.split('"')[1]
            for line in session().lines
            if line.by_server is by_server and line.text.startswith(("42", "45"))
        }

    assert events(by_server=False) == {"stream:init", "fragment:data", "fragment:ack", "stream:end"}
    assert events(by_server=True) == TO_WORKER.keys() - {"config:error_simulation:ack"}
    assert session().lines[-2] == Line(True, "41")


def test_every_event_of_the_worker_is_shown_somewhere() -> None:
    shown = {
        line.text.split('"')[1]
        for conversation in SHOWN
        for line in conversation.lines
        if not line.by_server and line.text.startswith(("42", "45"))
    }
    assert shown == set(TO_SERVER)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that ping often, and soon lose patience."""
    monkeypatch.setattr(gateway, "PING_INTERVAL_S", 0.1)
    monkeypatch.setattr(gateway, "PING_TIMEOUT_S", 0.4)


@pytest.mark.usefixtures("hasty")
async def test_a_client_that_answers_pings_stays_connected() -> None:
    async with asyncio.timeout(10), EchoServer() as echo, websocket(echo) as wire:
        await joined(wire)
        for _ in range(10):
            assert await wire.recv() == "2"
            await wire.send("3")


@pytest.mark.usefixtures("hasty")
async def test_a_client_that_answers_no_ping_is_closed_without_a_word() -> None:
    async with asyncio.timeout(10), EchoServer() as echo, websocket(echo) as wire:
        await joined(wire)
        heard = [frame async for frame in wire]
        assert set(heard) == {"2"}


async def test_an_event_with_a_number_is_acknowledged() -> None:
    async with asyncio.timeout(10), EchoServer() as echo, websocket(echo) as wire:
        await joined(wire)
        await wire.send('427["stream:pause",{"stream_id":"match-1"}]')
        assert "STREAM_NOT_FOUND" in str(await wire.recv())
        assert await wire.recv() == "437[]"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/socket.io/?EIO=3&transport=websocket", 400),
        ("/socket.io/?EIO=4&transport=polling", 400),
        ("/elsewhere/?EIO=4&transport=websocket", 404),
    ],
)
@pytest.mark.logs_errors
async def test_a_websocket_request_that_is_not_ours_gets_an_http_error(path: str, status: int) -> None:
    async with asyncio.timeout(10), EchoServer() as echo:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(echo.url.replace("http", "ws", 1) + path, proxy=None):
                pass
        assert refused.value.response.status_code == status


async def joined(wire: ClientConnection) -> None:
    assert str(await wire.recv()).startswith("0{")
    await wire.send("40")
    assert str(await wire.recv()).startswith("40{")
