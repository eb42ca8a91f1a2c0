"""A missing number before accepted fragments, and fragments that outlive `timeout_ms`."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sts_service.echo import EchoServer
from wire.payloads import rule
from wire.sio_client import SioClient, worker


@pytest.fixture
async def hasty(echo: EchoServer) -> AsyncIterator[SioClient]:
    """A worker whose session waits no longer than it must."""
    async with worker(echo.url) as client:
        await client.init(max_inflight=10, timeout_ms=1000)
        yield client


async def test_a_gap_is_skipped_after_the_timeout(hasty: SioClient) -> None:
    await hasty.round_trip(0)
    waiting = await hasty.accepted(2)
    opened_at = hasty.arrivals[-1].at_s
    error = await hasty.expect("error", code="INVALID_SEQUENCE")
    assert error["metadata"]["missing"] == [1]
    assert hasty.arrivals[-1].at_s - opened_at > 0.8
    assert (await hasty.result(waiting))["status"] == "success"
    assert (await hasty.round_trip(3))["status"] == "success"


async def test_a_missing_number_that_arrives_after_the_gap_is_invalid_sequence(hasty: SioClient) -> None:
    waiting = await hasty.accepted(1)
    await hasty.expect("error", code="INVALID_SEQUENCE")
    await hasty.result(waiting)
    late = await hasty.refused(0)
    assert late["code"] == "INVALID_SEQUENCE"
    assert (await hasty.complete())["total_fragments"] == 1


async def test_one_error_names_all_the_missing_numbers_of_a_gap(hasty: SioClient) -> None:
    waiting = await hasty.accepted(3)
    error = await hasty.expect("error", code="INVALID_SEQUENCE")
    assert sorted(error["metadata"]["missing"]) == [0, 1, 2]
    await hasty.result(waiting)
    await hasty.quiet()
    assert hasty.codes() == ["INVALID_SEQUENCE"]


async def test_every_missing_number_of_two_gaps_is_named_once(hasty: SioClient) -> None:
    for number in (0, 2, 4):
        await hasty.accepted(number)
    await hasty.collect("fragment:processed", 3)
    await hasty.quiet()
    named = [
        number for error in hasty.all("error") for number in (error.get("metadata") or {}).get("missing", [])
    ]
    assert sorted(named) == [1, 3]
    assert hasty.delivered() == [0, 2, 4]


async def test_a_gap_that_is_filled_in_time_is_none(hasty: SioClient) -> None:
    await hasty.accepted(1)
    await hasty.accepted(0)
    await hasty.collect("fragment:processed", 2)
    await asyncio.sleep(1.2)
    assert hasty.codes() == []


async def test_a_number_that_nothing_waits_behind_is_not_a_gap(hasty: SioClient) -> None:
    await hasty.round_trip(0)
    await asyncio.sleep(1.2)
    assert hasty.codes() == []
    assert (await hasty.round_trip(1))["status"] == "success"


async def test_a_number_that_was_refused_is_a_gap_like_any_other(hasty: SioClient) -> None:
    await hasty.pause()
    assert (await hasty.refused(0))["code"] == "STREAM_PAUSED"
    await hasty.resume()
    waiting = await hasty.accepted(1)
    error = await hasty.expect("error", code="INVALID_SEQUENCE")
    assert error["metadata"]["missing"] == [0]
    await hasty.result(waiting)


async def test_a_fragment_that_outlives_its_time_is_delivered_failed_with_timeout(hasty: SioClient) -> None:
    await hasty.simulate(rule("sequence_number", 0, kind="delay", delay_ms=4000))
    result = await hasty.round_trip(0)
    assert result["status"] == "failed"
    assert (result["error"]["code"], result["error"]["retryable"]) == ("TIMEOUT", True)


async def test_the_successors_of_a_timed_out_fragment_are_not_held_up(hasty: SioClient) -> None:
    await hasty.simulate(rule("sequence_number", 0, kind="delay", delay_ms=20_000))
    for number in range(4):
        await hasty.accepted(number)
    statuses = [result["status"] for result in await hasty.collect("fragment:processed", 4)]
    assert (hasty.delivered(), statuses) == ([0, 1, 2, 3], ["failed", "success", "success", "success"])


async def test_a_result_that_comes_after_the_timeout_is_dropped(hasty: SioClient) -> None:
    await hasty.simulate(rule("sequence_number", 0, kind="delay", delay_ms=1300))
    assert (await hasty.round_trip(0))["error"]["code"] == "TIMEOUT"
    await asyncio.sleep(0.6)
    assert hasty.delivered() == [0]
    complete = await hasty.complete()
    assert (complete["total_fragments"], complete["statistics"]["failed_count"]) == (1, 1)


async def test_a_timed_out_fragment_may_be_retried(hasty: SioClient) -> None:
    await hasty.simulate(rule("sequence_number", 0, kind="delay", delay_ms=4000))
    assert (await hasty.round_trip(0))["error"]["code"] == "TIMEOUT"
    await hasty.stop_simulating()
    assert (await hasty.round_trip(0))["status"] == "success"
    assert (await hasty.complete())["statistics"]["success_count"] == 1


async def test_a_finished_fragment_behind_a_gap_does_not_time_out(echo: EchoServer) -> None:
    """Its processing is over; only its delivery waits, until the gap's own timer ends."""
    async with worker(echo.url) as client:
        await client.init(timeout_ms=1000)
        waiting = await client.accepted(1)
        assert (await client.result(waiting))["status"] == "success"
