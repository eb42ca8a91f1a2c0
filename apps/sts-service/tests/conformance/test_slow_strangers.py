"""Who asks for nothing, or never ends, holds no connection; workers and those who ask in order are served."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from service_kit import crowd
from sts_service.echo import EchoServer
from sts_service.server import web
from wire.http import samples
from wire.sio_client import worker

SHORT_S = 0.5
LIMIT_S = 15.0
UPGRADE = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
MOST_SENT = 64 * 1024 * 1024


@pytest.fixture
async def echo(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EchoServer]:
    monkeypatch.setattr(crowd, "HEADERS_S", SHORT_S)
    monkeypatch.setattr(crowd, "BODY_S", SHORT_S)
    monkeypatch.setattr(web, "MOST_ASKING", 8)
    async with EchoServer() as serving:
        yield serving


@contextlib.asynccontextmanager
async def stranger(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def hung_up_on(url: str, beginning: bytes, more: bytes, every_s: float) -> int:
    """What was sent until the service hung up."""
    sent = 0
    async with stranger(url) as (reader, writer), asyncio.timeout(LIMIT_S):
        ending = asyncio.create_task(_end(reader))
        with contextlib.suppress(ConnectionError):
            writer.write(beginning)
            while not ending.done() and sent < MOST_SENT:
                writer.write(more)
                await writer.drain()
                sent += len(more)
                await asyncio.sleep(every_s)
        await ending
    return sent


async def _end(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(65_536):
            pass


@pytest.mark.parametrize(
    "beginning", [b"", b"GET /hea", UPGRADE, b"POST /health HTTP/1.1\r\nContent-Length: 9999\r\n\r\n"]
)
async def test_who_is_slow_is_hung_up_on(echo: EchoServer, beginning: bytes) -> None:
    await hung_up_on(echo.url, beginning, b"a" if beginning else b"", 0.02)


async def test_headers_without_an_end_are_not_kept(echo: EchoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "HEADERS_S", 100.0)
    assert await hung_up_on(echo.url, UPGRADE, b"X-A: " + b"b" * 8000 + b"\r\n", 0) < MOST_SENT


async def test_a_worker_stays_for_as_long_as_it_likes(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.init()
        await asyncio.sleep(3 * SHORT_S)
        assert (await client.round_trip(0))["status"] == "success"


async def test_workers_hold_no_place_of_those_who_ask(echo: EchoServer) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(12):
            await stack.enter_async_context(worker(echo.url))
        assert await samples(echo.url)
        crowd_of = [await stack.enter_async_context(stranger(echo.url)) for _ in range(12)]
        gone = 0
        for reader, _ in crowd_of:
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(0.02):
                    await reader.read(1)
                    gone += 1
        assert gone >= 4
        await asyncio.sleep(2 * SHORT_S)
        assert await samples(echo.url)
