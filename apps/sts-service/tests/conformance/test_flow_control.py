"""Backpressure levels, up and down, and what is refused above them."""

import pytest
from sts_service.echo import EchoServer
from wire.http import samples
from wire.sio_client import SioClient, worker
from wire.worker import Worker


async def raise_to(client: Worker, count: int, *, first: int = 0) -> None:
    for number in range(first, first + count):
        await client.accepted(number)


async def cancel(client: Worker, *numbers: int) -> None:
    """Take the lowest numbers out of flight, one after the other."""
    for number in numbers:
        await client.skip(number)
        await client.expect("fragment:processed", sequence_number=number)


async def test_levels_rise_at_four_and_at_seven(holding: SioClient) -> None:
    await raise_to(holding, 10)
    await holding.quiet()
    assert holding.levels() == [("medium", 4), ("high", 7)]
    medium, high = holding.all("backpressure")
    assert (medium["action"], medium["recommended_delay_ms"]) == ("slow_down", 500)
    assert (high["action"], high["recommended_delay_ms"]) == ("pause", 1000)
    assert medium["stream_id"] == holding.stream_id


async def test_levels_fall_with_one_count_of_slack(holding: SioClient) -> None:
    await raise_to(holding, 10)
    await cancel(holding, *range(10))
    await holding.quiet()
    assert holding.levels()[2:] == [("medium", 5), ("low", 2)]
    low = holding.all("backpressure")[-1]
    assert (low["action"], low["recommended_delay_ms"]) == ("none", 0)


async def test_a_stream_that_stays_low_hears_nothing(holding: SioClient) -> None:
    await raise_to(holding, 3)
    for number in range(5):
        await cancel(holding, number)
        await holding.accepted(number + 3)
    await holding.quiet()
    assert holding.levels() == []


async def test_a_load_that_sways_around_medium_is_announced_once(holding: SioClient) -> None:
    await raise_to(holding, 4)
    for number in range(6):
        await cancel(holding, number)
        await holding.accepted(number + 4)
    await holding.quiet()
    assert holding.levels() == [("medium", 4)]


async def test_a_load_that_sways_around_high_is_announced_once(holding: SioClient) -> None:
    await raise_to(holding, 7)
    for number in range(6):
        await cancel(holding, number)
        await holding.accepted(number + 7)
    await holding.quiet()
    assert holding.levels() == [("medium", 4), ("high", 7)]


async def test_a_level_that_fell_rises_again_at_its_threshold(holding: SioClient) -> None:
    await raise_to(holding, 7)
    await cancel(holding, 0, 1)
    await raise_to(holding, 2, first=7)
    await holding.quiet()
    assert holding.levels() == [("medium", 4), ("high", 7), ("medium", 5), ("high", 7)]


async def test_a_level_that_fell_to_low_is_raised_again(holding: SioClient) -> None:
    await raise_to(holding, 4)
    await cancel(holding, 0, 1)
    await raise_to(holding, 2, first=4)
    await holding.quiet()
    assert holding.levels() == [("medium", 4), ("low", 2), ("medium", 4)]


@pytest.mark.parametrize("max_inflight", [1, 2])
async def test_in_flight_above_max_inflight_is_at_least_medium(
    slow_echo: EchoServer, max_inflight: int
) -> None:
    async with worker(slow_echo.url) as client:
        await client.init(max_inflight=max_inflight, timeout_ms=30_000)
        await raise_to(client, max_inflight)
        await client.quiet()
        assert client.levels() == []
        await client.accepted(max_inflight)
        assert (await client.expect("backpressure", severity="medium"))[
            "current_inflight"
        ] == max_inflight + 1
        await cancel(client, *range(max_inflight + 1))
        await client.quiet()
        # Low only once the count is no longer above max_inflight, and announced once.
        assert [severity for severity, _ in client.levels()] == ["medium", "low"]
        assert client.levels()[1][1] <= max_inflight


async def test_a_large_max_inflight_does_not_lift_the_thresholds(holding: SioClient) -> None:
    await raise_to(holding, 4)
    await holding.expect("backpressure", severity="medium", current_inflight=4)


async def test_a_raised_level_is_lowered_before_stream_complete() -> None:
    async with EchoServer(echo_processing_delay_ms=250) as echo, worker(echo.url) as client:
        await client.init(max_inflight=10)
        for number in range(8):
            await client.send(number)
        await client.complete()
        assert [severity for severity, _ in client.levels()][-1] == "low"


async def test_over_the_cap_a_fragment_is_refused(holding: SioClient) -> None:
    await raise_to(holding, 10)
    error = await holding.refused(10)
    assert (error["code"], error["retryable"], error["severity"]) == (
        "BACKPRESSURE_EXCEEDED",
        True,
        "warning",
    )
    await cancel(holding, 0)
    await holding.accepted(10)


async def test_a_retry_is_refused_over_the_cap_like_any_other(slow_echo: EchoServer) -> None:
    async with worker(slow_echo.url) as client:
        await client.init(max_inflight=10, timeout_ms=1000)
        failed = await client.accepted(0)
        assert (await client.result(failed))["error"]["code"] == "TIMEOUT"
        await raise_to(client, 10, first=1)
        assert (await client.refused(0))["code"] == "BACKPRESSURE_EXCEEDED"


async def test_waiting_behind_a_gap_is_in_flight(active: SioClient) -> None:
    for number in range(1, 5):
        await active.accepted(number)
    await active.expect("backpressure", severity="medium", current_inflight=4)
    await active.accepted(0)
    await active.expect("backpressure", severity="low")


async def test_one_bound_holds_for_all_streams_together() -> None:
    async with (
        EchoServer(echo_processing_delay_ms=20_000, queue_max_depth=3) as echo,
        worker(echo.url) as one,
        worker(echo.url) as other,
    ):
        await one.init("one", timeout_ms=30_000)
        await other.init("other", "worker-b", timeout_ms=30_000)
        await raise_to(one, 2)
        await raise_to(other, 1)
        for client, number in ((one, 2), (other, 1)):
            error = await client.refused(number)
            assert (error["code"], error["retryable"], error["severity"]) == ("QUEUE_FULL", True, "warning")
        await cancel(one, 0)
        await other.accepted(1)


async def test_more_fragments_than_the_rate_are_refused() -> None:
    async with (
        EchoServer(fragment_rate_per_min=5) as echo,
        worker(echo.url) as client,
        worker(echo.url) as other,
    ):
        await client.init()
        await other.init("other", "worker-b")
        for number in range(5):
            await client.round_trip(number)
        error = await client.refused(5)
        assert (error["code"], error["retryable"], error["severity"]) == ("RATE_LIMIT", True, "warning")
        # The rate is a stream's own, and the connection lives.
        assert (await other.round_trip(0))["status"] == "success"
        assert (await client.complete())["total_fragments"] == 5


async def test_thresholds_are_settings() -> None:
    async with (
        EchoServer(
            echo_processing_delay_ms=20_000,
            backpressure_threshold_medium=2,
            backpressure_threshold_high=3,
            backpressure_threshold_critical=5,
        ) as echo,
        worker(echo.url) as client,
    ):
        await client.init(max_inflight=5, timeout_ms=30_000)
        await raise_to(client, 5)
        await client.quiet()
        assert client.levels() == [("medium", 2), ("high", 3)]
        assert (await client.refused(5))["code"] == "BACKPRESSURE_EXCEEDED"


async def test_a_level_is_of_one_stream_and_the_depth_of_all(
    slow_echo: EchoServer, holding: SioClient
) -> None:
    async with worker(slow_echo.url) as other:
        await other.init("other", "worker-b", timeout_ms=30_000)
        await raise_to(other, 3)
        await raise_to(holding, 4)
        assert (await holding.expect("backpressure"))["queue_depth"] >= 4
        await other.quiet()
        assert other.levels() == []


async def test_announced_levels_are_counted_in_the_metrics(slow_echo: EchoServer, holding: SioClient) -> None:
    await raise_to(holding, 7)
    await holding.quiet()
    found = await samples(slow_echo.url)
    assert found['sts_backpressure_events_total{severity="medium"}'] == 1
    assert found['sts_backpressure_events_total{severity="high"}'] == 1
