"""What a server may say at the wrong moment, one frame at a time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from media_service.sts import Reason, connection
from media_service.sts.connection import Broken, Refused, connected
from websockets.asyncio.server import ServerConnection, serve

from sts_client.recorder import fragment, running

pytestmark = pytest.mark.usefixtures("_quick")

OPEN = '0{"sid":"a","pingInterval":25000,"pingTimeout":10000}'
JOINED = '40{"sid":"b"}'
CLOSED = '42["stream:closed",{"reason":"idle","message":"long"}]'
REFUSED = '44{"message":"full","data":{"code":"RATE_LIMIT","message":"full","retryable":true}}'


@contextlib.asynccontextmanager
async def saying(*frames: str) -> AsyncIterator[str]:
    """A server that says this to whoever comes, each frame after one of the client's, and then is silent."""

    async def talk(guest: ServerConnection) -> None:
        await guest.send(frames[0])
        for frame in frames[1:]:
            await guest.recv()
            await guest.send(frame)
        await guest.wait_closed()

    async with serve(talk, "127.0.0.1", 0, close_timeout=0.2) as server:
        yield f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (["2"], "garbage: no open packet"),
        (["what?"], "garbage: an unknown Engine.IO packet"),
        ([OPEN, "1"], "the server ended the connection"),
        ([OPEN, "2"], "garbage: no answer to the handshake"),
        ([OPEN, "44"], "the server refused the connection"),
    ],
)
async def test_a_handshake_that_goes_wrong_is_broken(frames: list[str], reason: str) -> None:
    async with saying(*frames) as url:
        with pytest.raises(Broken, match=reason):
            async with connected(url, {}, None):
                pytest.fail("connected")


async def test_a_refused_handshake_tells_why() -> None:
    async with saying(OPEN, REFUSED) as url:
        with pytest.raises(Refused, match="full") as raised:
            async with connected(url, {}, None):
                pytest.fail("connected")
        assert (raised.value.code, raised.value.retryable) == ("RATE_LIMIT", True)


@pytest.mark.parametrize("leave", ["1", "41", REFUSED, CLOSED])
async def test_a_server_that_ends_the_session_in_its_beginning_is_tried_again(leave: str) -> None:
    async with saying(OPEN, JOINED, leave) as url, running(url, connected=False) as worker:
        await worker.heard.until(lambda: bool(worker.heard.sessions))
        assert not worker.heard.connected
        worker.service.offer(fragment(0))
        assert worker.heard.decided == {0: Reason.DISCONNECTED}
        assert worker.service.state.last_error


async def test_a_flood_of_pings_is_not_hoarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_WAITING", 3)

    async def flood(guest: ServerConnection) -> None:
        await guest.send(OPEN)
        await guest.recv()
        await guest.send(JOINED)
        for _ in range(10):
            await guest.send("2")
        await guest.wait_closed()

    async with serve(flood, "127.0.0.1", 0, close_timeout=0.2) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with connected(url, {}, None) as unwritten:
            with pytest.raises(Broken, match="asks faster"):
                await unwritten.receive()


async def test_a_broken_connection_is_left_without_waiting_for_a_goodbye(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "CLOSE_TIMEOUT_S", 30.0)

    async def deaf(guest: ServerConnection) -> None:
        await guest.send(OPEN)
        await guest.recv()
        await guest.send(JOINED)
        await guest.recv()
        guest.transport.pause_reading()
        await guest.send("garbage")
        await asyncio.sleep(5)

    async with serve(deaf, "127.0.0.1", 0, close_timeout=0.2) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with running(url, connected=False) as worker:
            started_s = time.monotonic()
            await worker.heard.until(lambda: bool(worker.heard.sessions), timeout_s=10)
            assert time.monotonic() - started_s < 3
        server.close(close_connections=True)
