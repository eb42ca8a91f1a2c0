"""`stream:end`, `stream:complete`, the statistics in it, and what a disconnect frees."""

from sts_service.echo import EchoServer
from wire.http import no_streams, stream_is_gone
from wire.payloads import rule
from wire.raw_client import raw_worker
from wire.sio_client import SioClient, worker


async def test_everything_in_flight_is_delivered_before_stream_complete() -> None:
    async with EchoServer(echo_processing_delay_ms=200) as echo, worker(echo.url) as client:
        await client.init(max_inflight=10)
        for number in range(4):
            await client.accepted(number)
        complete = await client.complete()
        assert client.delivered() == [0, 1, 2, 3]
        assert complete["statistics"]["success_count"] == 4


async def test_a_fragment_after_stream_end_is_stream_not_found(holding: SioClient) -> None:
    await holding.accepted(0)
    await holding.end()
    assert (await holding.refused(1))["code"] == "STREAM_NOT_FOUND"
    await holding.skip(0)
    assert (await holding.expect("stream:complete"))["total_fragments"] == 1
    assert (await holding.refused(1, "late"))["code"] == "STREAM_NOT_FOUND"


async def test_open_gaps_are_closed_at_once_when_the_stream_ends(active: SioClient) -> None:
    for number in (0, 2, 5):
        await active.accepted(number)
    complete = await active.complete(timeout=3)
    assert active.delivered() == [0, 2, 5]
    assert complete["total_fragments"] == 3


async def test_stream_complete_comes_exactly_once(active: SioClient) -> None:
    await active.round_trip(0)
    await active.complete()
    await active.end()
    await active.quiet()
    assert len(active.all("stream:complete")) == 1


async def test_a_stream_without_fragments_completes_with_zeros(active: SioClient) -> None:
    complete = await active.complete()
    assert complete["total_fragments"] == complete["total_duration_ms"] == 0
    assert set(complete["statistics"].values()) == {0}


async def test_statistics_count_every_accepted_fragment_once(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 1), rule("sequence_number", 3, "SYNTHESIS_FAILED"))
    for number in range(5):
        await active.round_trip(number)
    await active.refused(99)
    await active.refused(2)
    complete = await active.complete()
    statistics = complete["statistics"]
    assert complete["total_fragments"] == 5
    assert (statistics["success_count"], statistics["partial_count"], statistics["failed_count"]) == (3, 0, 2)
    assert 0 <= statistics["avg_processing_time_ms"] <= statistics["p95_processing_time_ms"] < 5000


async def test_average_and_p95_tell_the_time_that_was_worked() -> None:
    async with EchoServer(echo_processing_delay_ms=150) as echo, worker(echo.url) as client:
        await client.init()
        for number in range(3):
            await client.send(number)
        statistics = (await client.complete())["statistics"]
        assert 140 <= statistics["avg_processing_time_ms"] < 3000
        assert 140 <= statistics["p95_processing_time_ms"] < 3000


async def test_a_finished_stream_id_is_free_for_another_worker(echo: EchoServer, active: SioClient) -> None:
    await active.complete()
    async with worker(echo.url) as other:
        await other.init(active.stream_id, "another-worker")
        assert (await other.round_trip(0))["status"] == "success"


async def test_a_connection_carries_one_stream_only(active: SioClient) -> None:
    await active.complete()
    await active.emit("stream:init", {"stream_id": "next", "worker_id": "worker-a", "config": {}})
    await active.expect("error", code="INVALID_CONFIG")


async def test_a_disconnect_frees_everything_the_session_held() -> None:
    async with EchoServer(echo_processing_delay_ms=20_000, queue_max_depth=10) as echo:
        async with raw_worker(echo.url) as client:
            await client.init(max_inflight=10, timeout_ms=30_000)
            for number in range(10):
                await client.accepted(number)
            client.cut()
            await client.expect_end()
        await stream_is_gone(echo.url, client.stream_id)
        await no_streams(echo.url)
        async with worker(echo.url) as other:
            # The name is free for anybody, and so is the room for ten fragments.
            await other.init(client.stream_id, "another-worker", max_inflight=10, timeout_ms=30_000)
            for number in range(10):
                await other.accepted(number)
