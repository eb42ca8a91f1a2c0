"""The same id or the same number a second time, and retries."""

import pytest
from sts_service.echo import EchoServer
from wire.payloads import rule
from wire.sio_client import SioClient, worker


async def test_the_same_id_in_flight_is_duplicate_fragment(holding: SioClient) -> None:
    await holding.accepted(0)
    error = await holding.refused(0)
    assert (error["code"], error["retryable"]) == ("DUPLICATE_FRAGMENT", False)


async def test_the_same_id_in_flight_under_another_number_is_duplicate_fragment(holding: SioClient) -> None:
    await holding.accepted(0, "twin")
    assert (await holding.refused(1, "twin"))["code"] == "DUPLICATE_FRAGMENT"


async def test_an_id_whose_result_waits_for_a_gap_is_still_in_flight(active: SioClient) -> None:
    await active.accepted(1)
    await active.quiet()
    assert (await active.refused(1))["code"] == "DUPLICATE_FRAGMENT"
    await active.accepted(0)
    await active.collect("fragment:processed", 2)


async def test_an_id_delivered_with_success_is_duplicate_fragment(active: SioClient) -> None:
    await active.round_trip(0)
    assert (await active.refused(0))["code"] == "DUPLICATE_FRAGMENT"


async def test_an_id_delivered_with_success_is_duplicate_fragment_under_any_number(active: SioClient) -> None:
    await active.round_trip(0, "once")
    assert (await active.refused(1, "once"))["code"] == "DUPLICATE_FRAGMENT"


async def test_an_id_that_failed_for_good_is_duplicate_fragment(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0, "SYNTHESIS_FAILED"))
    assert (await active.round_trip(0))["error"]["retryable"] is False
    assert (await active.refused(0))["code"] == "DUPLICATE_FRAGMENT"


async def test_a_used_number_under_a_new_id_is_invalid_sequence(active: SioClient) -> None:
    await active.round_trip(0)
    assert (await active.refused(0, "impostor"))["code"] == "INVALID_SEQUENCE"


async def test_a_number_in_flight_under_a_new_id_is_invalid_sequence(holding: SioClient) -> None:
    await holding.accepted(0)
    assert (await holding.refused(0, "impostor"))["code"] == "INVALID_SEQUENCE"


async def test_a_number_that_waits_for_a_gap_is_used(active: SioClient) -> None:
    await active.accepted(1)
    await active.quiet()
    assert (await active.refused(1, "impostor"))["code"] == "INVALID_SEQUENCE"


async def test_a_failed_number_under_a_new_id_is_invalid_sequence(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    assert (await active.round_trip(0))["error"]["retryable"] is True
    assert (await active.refused(0, "impostor"))["code"] == "INVALID_SEQUENCE"


async def test_a_retryable_failure_may_be_sent_again_under_its_id(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    assert (await active.round_trip(0))["status"] == "failed"
    await active.stop_simulating()
    assert (await active.round_trip(0))["status"] == "success"


async def test_the_retry_replaces_the_failure_in_the_statistics(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    await active.round_trip(0)
    await active.stop_simulating()
    await active.round_trip(0)
    await active.round_trip(1)
    complete = await active.complete()
    statistics = complete["statistics"]
    assert complete["total_fragments"] == 2
    assert complete["total_duration_ms"] == 12_000
    assert (statistics["success_count"], statistics["failed_count"]) == (2, 0)


async def test_a_retry_that_fails_too_is_counted_once_and_may_be_retried(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    for _ in range(3):
        assert (await active.round_trip(0))["status"] == "failed"
    complete = await active.complete()
    assert (complete["total_fragments"], complete["statistics"]["failed_count"]) == (1, 1)


async def test_a_retry_that_succeeded_is_not_retried(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    await active.round_trip(0)
    await active.stop_simulating()
    await active.round_trip(0)
    assert (await active.refused(0))["code"] == "DUPLICATE_FRAGMENT"


async def test_a_retry_in_flight_is_a_duplicate_like_any_other(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    fragment_id = (await active.round_trip(0))["fragment_id"]
    await active.simulate(rule("sequence_number", 0, kind="delay", delay_ms=400))
    await active.accepted(0)
    assert (await active.refused(0))["code"] == "DUPLICATE_FRAGMENT"
    assert (await active.result(fragment_id))["status"] == "success"


async def test_a_retry_does_not_hold_back_its_successors(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    fragment_id = (await active.round_trip(0))["fragment_id"]
    await active.simulate(rule("sequence_number", 0, kind="delay", delay_ms=400))
    await active.accepted(0)
    await active.round_trip(1)
    await active.result(fragment_id)
    assert active.delivered() == [0, 1, 0]


async def test_a_retry_does_not_wait_for_an_open_gap(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    await active.round_trip(0)
    await active.stop_simulating()
    await active.accepted(2)
    assert (await active.round_trip(0))["status"] == "success"
    assert active.delivered() == [0, 0]
    await active.accepted(1)
    await active.collect("fragment:processed", 2)


async def test_a_retry_far_behind_the_window_is_accepted(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    await active.round_trip(0)
    await active.stop_simulating()
    for number in range(1, 15):
        await active.round_trip(number)
    assert (await active.round_trip(0))["status"] == "success"


async def test_a_retry_is_delivered_before_stream_complete(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    await active.round_trip(0)
    await active.simulate(rule("sequence_number", 0, kind="delay", delay_ms=300))
    await active.accepted(0)
    complete = await active.complete()
    assert complete["statistics"]["success_count"] == 1


async def test_a_refused_fragment_may_be_sent_again_under_the_same_id_and_number(holding: SioClient) -> None:
    for number in range(10):
        await holding.accepted(number)
    assert (await holding.refused(10, "patient"))["code"] == "BACKPRESSURE_EXCEEDED"
    await holding.skip(0)
    await holding.expect("fragment:processed", sequence_number=0)
    await holding.accepted(10, "patient")


@pytest.mark.parametrize("status", ["received", "applied"])
async def test_the_workers_confirmation_changes_nothing(active: SioClient, status: str) -> None:
    result = await active.round_trip(0)
    await active.confirm(result["fragment_id"], status)
    await active.confirm(result["fragment_id"], status)
    await active.quiet()
    assert active.codes() == []
    assert (await active.refused(0))["code"] == "DUPLICATE_FRAGMENT"


async def test_an_id_belongs_to_its_stream_only(echo: EchoServer, active: SioClient) -> None:
    await active.round_trip(0, "shared-id")
    async with worker(echo.url) as other:
        await other.init("other", "worker-b")
        assert (await other.round_trip(0, "shared-id"))["status"] == "success"
