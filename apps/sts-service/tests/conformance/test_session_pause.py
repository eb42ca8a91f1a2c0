"""`stream:pause` and `stream:resume`."""

from sts_service.echo import EchoServer
from wire.sio_client import SioClient, worker


async def test_what_is_in_flight_is_delivered_while_paused() -> None:
    async with EchoServer(echo_processing_delay_ms=200) as echo, worker(echo.url) as client:
        await client.init()
        fragment_id = await client.accepted(0)
        await client.pause()
        assert (await client.result(fragment_id))["status"] == "success"
        assert (await client.refused(1))["code"] == "STREAM_PAUSED"


async def test_a_fragment_while_paused_is_stream_paused_and_leaves_no_trace(active: SioClient) -> None:
    await active.pause()
    error = await active.refused(0)
    assert (error["code"], error["retryable"], error["severity"]) == ("STREAM_PAUSED", True, "warning")
    await active.resume()
    assert (await active.round_trip(0))["status"] == "success"
    assert (await active.complete())["total_fragments"] == 1


async def test_the_timer_of_a_gap_runs_on_while_paused(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.init(timeout_ms=1000)
        waiting = await client.accepted(1)
        await client.pause()
        await client.expect("error", code="INVALID_SEQUENCE", metadata={"missing": [0]})
        assert (await client.result(waiting))["status"] == "success"


async def test_a_gap_may_be_skipped_while_paused(active: SioClient) -> None:
    waiting = await active.accepted(1)
    await active.pause()
    await active.skip(0)
    assert (await active.result(waiting))["status"] == "success"


async def test_pausing_twice_and_resuming_twice_is_once(active: SioClient) -> None:
    await active.pause()
    await active.pause()
    assert (await active.refused(0))["code"] == "STREAM_PAUSED"
    await active.resume()
    await active.resume()
    assert (await active.round_trip(0))["status"] == "success"


async def test_a_paused_stream_can_be_ended(active: SioClient) -> None:
    await active.round_trip(0)
    await active.pause()
    assert (await active.complete())["total_fragments"] == 1


async def test_a_pause_of_one_stream_does_not_touch_another(echo: EchoServer, active: SioClient) -> None:
    async with worker(echo.url) as other:
        await other.init("other", "worker-b")
        await active.pause()
        assert (await active.refused(0))["code"] == "STREAM_PAUSED"
        assert (await other.round_trip(0))["status"] == "success"
