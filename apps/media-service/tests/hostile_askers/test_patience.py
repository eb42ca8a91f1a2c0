"""Each port hangs up on who asks for nothing, without an end, or too often; others are served meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from media_service.orchestrator import web
from media_service.worker import http, http_body, listening
from service_kit import crowd
from starlette.responses import PlainTextResponse
from worker_http.station import FakeStation

from hostile_askers.asker import LOCAL, Asker, asker, dripped_out, dripping, status_of

SHORT_S = 0.5
LINE = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /v1/mode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000\r\n\r\n"
MOST_SENT = 64 * 1024 * 1024


@contextlib.asynccontextmanager
async def orchestrator() -> AsyncIterator[int]:
    listener = web.listen(LOCAL, 0)
    server = web.WebServer(PlainTextResponse("ok"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await server.accepts.wait()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


@pytest.fixture(params=["worker", "orchestrator"])
async def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(crowd, "HEADERS_S", SHORT_S)
    monkeypatch.setattr(crowd, "BODY_S", SHORT_S)
    monkeypatch.setattr(http, "HEADERS_S", SHORT_S)
    monkeypatch.setattr(http_body, "BODY_S", SHORT_S)
    for room in (listening, web):
        monkeypatch.setattr(room, "MOST_CONNECTIONS", 12)
        monkeypatch.setattr(room, "MOST_OF_ONE_ADDRESS", 10)
    serving = http.serve(FakeStation(), LOCAL, 0) if request.param == "worker" else orchestrator()
    async with serving as found:
        yield found


async def test_who_asks_for_nothing_is_hung_up_on(port: int) -> None:
    async with asker(port) as one:
        assert await one.ended() == b""


@pytest.mark.parametrize("beginning", [b"", b"GET /hea", LINE + b"X-A: "])
async def test_headers_a_byte_at_a_time_are_not_waited_for(port: int, beginning: bytes) -> None:
    assert await dripped_out(port, beginning, b"a")


async def test_a_body_a_byte_at_a_time_is_not_waited_for(port: int) -> None:
    assert await dripped_out(port, POST, b" ")


@pytest.mark.parametrize("piece", [b"X-A: b\r\n" * 1000, b"a" * 8000], ids=["many", "one"])
async def test_headers_without_an_end_are_not_kept(
    port: int, piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is not for want of time.
    monkeypatch.setattr(crowd, "HEADERS_S", 100.0)
    async with asker(port, LINE) as one:
        pouring = asyncio.create_task(one.pour(piece, MOST_SENT))
        await one.ended()
        assert await pouring < MOST_SENT
    assert await status_of(port) == 200


async def test_more_than_may_are_sent_away_and_have_a_place_when_others_go(port: int) -> None:
    async with contextlib.AsyncExitStack() as stack:
        there = [await stack.enter_async_context(asker(port)) for _ in range(16)]
        gone = [one for one in there if await _is_gone(one)]
        assert len(gone) == 6
        # Those that asked for nothing go by themselves, and with them the crowd.
        for one in there:
            await one.ended()
    assert await status_of(port) == 200


async def _is_gone(one: Asker) -> bool:
    try:
        async with asyncio.timeout(0.02):
            return await one.reader.read(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


async def test_one_after_the_other_is_served_for_as_long_as_he_likes(port: int) -> None:
    async with asker(port) as one:
        for _ in range(6):
            one.writer.write(LINE + b"\r\n")
            head = await one.reader.readuntil(b"\r\n\r\n")
            assert b"200" in head.partition(b"\r\n")[0]
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            await one.reader.readexactly(length)
            await asyncio.sleep(SHORT_S / 3)


async def test_those_who_are_slow_do_not_slow_the_others(port: int) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(5):
            one = await stack.enter_async_context(asker(port))
            await stack.enter_async_context(dripping(one, LINE))
        for _ in range(20):
            assert await status_of(port) == 200
