"""`stream:closed` and its reasons, and the idle time-out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sts_service.echo import EchoServer
from wire.raw_client import raw_connection
from wire.sio_client import worker


async def test_a_completed_stream_is_closed_after_the_delay() -> None:
    async with EchoServer(auto_disconnect_delay_s=0.4) as echo, worker(echo.url) as client:
        await client.init()
        await client.complete()
        completed_at = client.arrivals[-1].at_s
        closed = await client.expect("stream:closed", reason="completed")
        assert closed.get("stream_id") == client.stream_id
        assert client.arrivals[-1].at_s - completed_at > 0.3
        await client.expect_end()


async def test_a_connection_without_stream_init_is_closed_as_idle() -> None:
    async with EchoServer(idle_timeout_s=1.0) as echo, worker(echo.url) as client:
        closed = await client.expect("stream:closed", reason="idle")
        assert closed.get("stream_id") is None
        await client.expect_end()


async def test_a_websocket_that_never_joins_the_namespace_is_closed() -> None:
    async with EchoServer(idle_timeout_s=1.0) as echo, raw_connection(echo.url) as client:
        await client.expect_end(timeout=8)


async def test_a_silent_stream_is_closed_as_idle() -> None:
    async with EchoServer(idle_timeout_s=1.0) as echo, worker(echo.url) as client:
        await client.init()
        await client.round_trip(0)
        quiet_since = asyncio.get_running_loop().time()
        closed = await client.expect("stream:closed", reason="idle")
        assert closed.get("stream_id") == client.stream_id
        assert client.arrivals[-1].at_s - quiet_since > 0.8
        await client.expect_end()


async def test_wrong_input_alone_does_not_open_a_session_for_ever() -> None:
    """A refused `stream:init` is not one: the connection is still one without a session."""
    async with EchoServer(idle_timeout_s=1.0) as echo, worker(echo.url) as client:
        await client.emit("stream:init", {"stream_id": 1})
        await client.expect("error", code="INVALID_CONFIG")
        await client.expect("stream:closed", reason="idle")
        await client.expect_end()


async def test_a_stream_with_work_in_flight_is_not_idle() -> None:
    async with (
        EchoServer(idle_timeout_s=1.0, echo_processing_delay_ms=1600) as echo,
        worker(echo.url) as client,
    ):
        await client.init(timeout_ms=5000)
        assert (await client.round_trip(0))["status"] == "success"
        await client.expect("stream:closed", reason="idle")


async def test_a_paused_stream_is_not_idle() -> None:
    async with EchoServer(idle_timeout_s=1.0) as echo, worker(echo.url) as client:
        await client.init()
        await client.pause()
        await asyncio.sleep(1.5)
        await client.resume()
        assert (await client.round_trip(0))["status"] == "success"


async def test_any_event_keeps_a_stream_from_being_idle() -> None:
    async with EchoServer(idle_timeout_s=1.0) as echo, worker(echo.url) as client:
        await client.init()
        fragment_id = (await client.round_trip(0))["fragment_id"]
        for _ in range(3):
            await asyncio.sleep(0.5)
            await client.confirm(fragment_id)
        assert (await client.round_trip(1))["status"] == "success"


async def test_a_shutdown_says_so_to_every_connection() -> None:
    async with server_to_stop() as (url, stop), worker(url) as streaming, worker(url) as without_a_stream:
        await streaming.init()
        await streaming.round_trip(0)
        stop.set()
        assert (await streaming.expect("stream:complete"))["total_fragments"] == 1
        closed = await streaming.expect("stream:closed", reason="shutdown")
        assert closed.get("stream_id") == streaming.stream_id
        await without_a_stream.expect("stream:closed", reason="shutdown")
        await streaming.expect_end()
        await without_a_stream.expect_end()


@contextlib.asynccontextmanager
async def server_to_stop() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """An echo server's address, and what makes it leave while workers are still connected."""
    stop = asyncio.Event()
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve() -> None:
        async with EchoServer() as echo:
            address.set_result(echo.url)
            await stop.wait()

    serving = asyncio.create_task(serve())
    try:
        yield await asyncio.wait_for(address, 5), stop
    finally:
        stop.set()
        await asyncio.wait_for(serving, 15)
