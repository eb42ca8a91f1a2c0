"""`fragment:skip`: what the worker gives up."""

from sts_service.echo import EchoServer
from wire.http import samples
from wire.payloads import rule
from wire.sio_client import SioClient, worker


async def test_a_missing_number_is_closed_at_once_and_silently(active: SioClient) -> None:
    waiting = await active.accepted(1)
    await active.skip(0)
    assert (await active.result(waiting, timeout=3))["status"] == "success"
    await active.quiet()
    assert active.codes() == []


async def test_a_number_may_be_given_up_before_anything_waits_behind_it(active: SioClient) -> None:
    await active.skip(0, 1)
    assert (await active.round_trip(2))["status"] == "success"
    assert active.codes() == []


async def test_a_number_ahead_may_be_given_up(active: SioClient) -> None:
    await active.skip(1)
    await active.round_trip(0)
    assert (await active.round_trip(2))["status"] == "success"


async def test_a_skipped_number_that_arrives_later_is_invalid_sequence(active: SioClient) -> None:
    await active.skip(0)
    assert (await active.refused(0))["code"] == "INVALID_SEQUENCE"


async def test_a_number_in_flight_is_delivered_failed_with_cancelled(holding: SioClient) -> None:
    fragment_id = await holding.accepted(0)
    await holding.skip(0)
    result = await holding.result(fragment_id)
    assert result["status"] == "failed"
    assert (result["error"]["code"], result["error"]["retryable"]) == ("CANCELLED", False)


async def test_cancelled_work_gives_its_room_back(slow_echo: EchoServer, holding: SioClient) -> None:
    for number in range(3):
        await holding.accepted(number)
    await holding.skip(0, 1, 2)
    await holding.collect("fragment:processed", 3)
    series = f'sts_fragments_in_flight{{stream_id="{holding.stream_id}"}}'
    assert (await samples(slow_echo.url))[series] == 0


async def test_a_cancelled_fragment_keeps_its_place_in_the_order(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0, kind="delay", delay_ms=400))
    for number in range(3):
        await active.accepted(number)
    await active.skip(1)
    results = await active.collect("fragment:processed", 3)
    assert [result["status"] for result in results] == ["success", "failed", "success"]
    assert results[1]["error"]["code"] == "CANCELLED"


async def test_a_finished_fragment_that_waits_for_a_gap_is_still_in_flight(active: SioClient) -> None:
    fragment_id = await active.accepted(1)
    await active.quiet()
    await active.skip(1)
    await active.accepted(0)
    assert (await active.result(fragment_id))["error"]["code"] == "CANCELLED"


async def test_a_delivered_number_is_left_alone(active: SioClient) -> None:
    await active.round_trip(0)
    await active.skip(0)
    await active.quiet()
    assert (active.delivered(), active.codes()) == ([0], [])
    assert (await active.complete())["statistics"]["success_count"] == 1


async def test_missing_in_flight_and_delivered_numbers_may_be_skipped_together(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 1, kind="delay", delay_ms=5000))
    await active.round_trip(0)
    in_flight = await active.accepted(1)
    waiting = await active.accepted(3)
    await active.skip(0, 1, 2)
    assert (await active.result(in_flight))["error"]["code"] == "CANCELLED"
    assert (await active.result(waiting))["status"] == "success"
    assert active.codes() == []


async def test_the_same_number_twice_in_one_skip_is_once(holding: SioClient) -> None:
    fragment_id = await holding.accepted(0)
    await holding.skip(0, 0, 0)
    await holding.skip(0)
    assert (await holding.result(fragment_id))["error"]["code"] == "CANCELLED"
    await holding.quiet()
    assert holding.delivered() == [0]


async def test_a_cancelled_fragment_is_not_retried(holding: SioClient) -> None:
    fragment_id = await holding.accepted(0)
    await holding.skip(0)
    await holding.result(fragment_id)
    assert (await holding.refused(0))["code"] == "DUPLICATE_FRAGMENT"


async def test_a_cancelled_fragment_counts_as_failed(holding: SioClient) -> None:
    await holding.accepted(0)
    await holding.skip(0)
    await holding.expect("fragment:processed")
    complete = await holding.complete()
    assert (complete["total_fragments"], complete["statistics"]["failed_count"]) == (1, 1)


async def test_a_retry_in_flight_can_be_skipped(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    fragment_id = (await active.round_trip(0))["fragment_id"]
    await active.simulate(rule("sequence_number", 0, kind="delay", delay_ms=5000))
    await active.accepted(0)
    await active.skip(0)
    assert (await active.result(fragment_id))["error"]["code"] == "CANCELLED"
    assert (await active.complete())["total_fragments"] == 1


async def test_a_refused_number_is_closed_by_a_skip(holding: SioClient) -> None:
    for number in range(10):
        await holding.accepted(number)
    assert (await holding.refused(10))["code"] == "BACKPRESSURE_EXCEEDED"
    await holding.skip(*range(11))
    await holding.collect("fragment:processed", 10)
    last = await holding.accepted(11)
    await holding.skip(11)
    # Delivered at once: nothing waits for number 10 any more.
    assert (await holding.result(last))["error"]["code"] == "CANCELLED"


async def test_numbers_far_ahead_cost_nothing(active: SioClient) -> None:
    await active.skip(*(2**53 - 1 - number for number in range(500)))
    await active.quiet()
    assert (await active.round_trip(0))["status"] == "success"


async def test_a_skip_of_one_stream_does_not_touch_another(slow_echo: EchoServer, holding: SioClient) -> None:
    async with worker(slow_echo.url) as other:
        await other.init("other", "worker-b", timeout_ms=30_000)
        await other.accepted(0)
        fragment_id = await holding.accepted(0)
        await holding.skip(0)
        await holding.result(fragment_id)
        await other.quiet()
        assert other.delivered() == []
