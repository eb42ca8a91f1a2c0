"""The same `stream_id` from a second connection."""

from sts_service.echo import EchoServer
from wire.payloads import init_payload
from wire.sio_client import SioClient, worker
from wire.worker import same_sound


async def test_the_same_worker_takes_its_stream_over(echo: EchoServer, active: SioClient) -> None:
    await active.round_trip(0)
    async with worker(echo.url) as back:
        await back.init()
        closed = await active.expect("stream:closed", reason="taken_over")
        assert closed.get("stream_id") == active.stream_id
        await active.expect_end()
        assert (await back.round_trip(0))["status"] == "success"


async def test_a_takeover_is_a_new_session(echo: EchoServer) -> None:
    async with worker(echo.url) as old, worker(echo.url) as new:
        before = await old.init()
        await old.round_trip(0)
        after = await new.init()
        assert before["session_id"] != after["session_id"]
        # Sequence from 0, and what the old session has seen is forgotten.
        assert same_sound(await new.round_trip(0), 0)
        assert (await new.complete())["total_fragments"] == 1


async def test_a_takeover_cancels_the_old_sessions_work() -> None:
    async with (
        EchoServer(echo_processing_delay_ms=20_000, queue_max_depth=10) as echo,
        worker(echo.url) as old,
        worker(echo.url) as new,
    ):
        await old.init(max_inflight=10, timeout_ms=30_000)
        for number in range(10):
            await old.accepted(number)
        await new.init(max_inflight=10, timeout_ms=30_000)
        await old.expect_end()
        assert old.delivered() == []
        # Only cancelled work makes room for ten more.
        for number in range(10):
            await new.accepted(number)


async def test_another_worker_is_refused_and_the_running_session_goes_on(
    echo: EchoServer, active: SioClient
) -> None:
    await active.round_trip(0)
    async with worker(echo.url) as intruder:
        await intruder.emit("stream:init", init_payload(active.stream_id, "another-worker"))
        await intruder.expect("error", code="INVALID_CONFIG")
        assert same_sound(await active.round_trip(1), 1)
        await intruder.init("a-stream-of-its-own", "another-worker")
        assert (await intruder.round_trip(0))["status"] == "success"
    assert (await active.complete())["total_fragments"] == 2
    assert not active.disconnected.is_set()


async def test_a_malformed_takeover_harms_nothing(echo: EchoServer, active: SioClient) -> None:
    async with worker(echo.url) as clumsy:
        await clumsy.emit("stream:init", init_payload(active.stream_id, channels=3))
        await clumsy.expect("error", code="INVALID_CONFIG")
        assert (await active.round_trip(0))["status"] == "success"


async def test_a_paused_stream_can_be_taken_over(echo: EchoServer, active: SioClient) -> None:
    await active.pause()
    async with worker(echo.url) as back:
        await back.init()
        await active.expect("stream:closed", reason="taken_over")
        assert (await back.round_trip(0))["status"] == "success"


async def test_streams_taken_over_again_and_again_stay_one_stream(echo: EchoServer) -> None:
    async with worker(echo.url) as first, worker(echo.url) as second, worker(echo.url) as third:
        for client in (first, second, third):
            await client.init()
            assert (await client.round_trip(0))["status"] == "success"
        for client in (first, second):
            await client.expect("stream:closed", reason="taken_over")
            await client.expect_end()
        assert (await third.round_trip(1))["status"] == "success"
