"""The part of Engine.IO that is ours: who does not answer a ping is cut, who answers is not."""

import asyncio
import contextlib

import pytest
from sts_service.echo import EchoServer
from sts_service.server import gateway
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


@pytest.fixture
async def quick_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "PING_INTERVAL_S", 0.3)
    monkeypatch.setattr(gateway, "PING_TIMEOUT_S", 0.4)


def socket(echo: EchoServer) -> connect:
    address = f"{echo.url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    return connect(address, compression=None, ping_interval=None, proxy=None)


async def join(client: ClientConnection) -> None:
    await client.recv()
    await client.send("40")
    await client.recv()


async def heard_until_closed(client: ClientConnection) -> set[str]:
    heard: set[str] = set()
    try:
        async with asyncio.timeout(5):
            while True:
                heard.add(str(await client.recv()))
    except ConnectionClosed:
        return heard


async def complain(client: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.send('42["stream:pause",{}]')
            await asyncio.sleep(0.1)


async def test_a_client_that_does_not_answer_a_ping_is_cut(quick_pings: None) -> None:
    async with EchoServer() as echo, socket(echo) as client:
        await join(client)
        assert await heard_until_closed(client) <= {"2"}


async def test_a_client_that_answers_pings_stays(quick_pings: None) -> None:
    async with EchoServer() as echo, socket(echo) as client:
        await join(client)
        for _ in range(4):
            async with asyncio.timeout(5):
                assert await client.recv() == "2"
            await client.send("3")
        await client.send('42["stream:pause",{}]')
        async with asyncio.timeout(5):
            assert "STREAM_NOT_FOUND" in str(await client.recv())


async def test_a_client_that_leaves_the_namespace_is_hung_up_on() -> None:
    async with EchoServer() as echo, socket(echo) as client:
        await join(client)
        await client.send("41")
        await heard_until_closed(client)


async def test_a_client_that_closes_engine_io_is_hung_up_on() -> None:
    async with EchoServer() as echo, socket(echo) as client:
        await join(client)
        await client.send("1")
        await heard_until_closed(client)


async def test_wrong_events_before_stream_init_do_not_keep_a_connection_open() -> None:
    async with EchoServer(idle_timeout_s=0.6) as echo, socket(echo) as client:
        await join(client)
        complaining = asyncio.create_task(complain(client))
        try:
            heard = await heard_until_closed(client)
        finally:
            complaining.cancel()
        assert any("idle" in frame for frame in heard)
