"""Results leave in sequence order, and the window decides what is accepted."""

import itertools

import pytest
from sts_service.echo import EchoServer
from wire.contract import WINDOW
from wire.payloads import rule
from wire.sio_client import SioClient, worker
from wire.worker import same_sound


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(3))))
async def test_three_fragments_are_delivered_in_order_however_they_arrive(
    active: SioClient, arrival: tuple[int, ...]
) -> None:
    for number in arrival:
        await active.accepted(number)
    results = await active.collect("fragment:processed", 3)
    assert [result["sequence_number"] for result in results] == [0, 1, 2]
    assert all(same_sound(result, result["sequence_number"]) for result in results)


async def test_a_whole_window_backwards_is_delivered_forwards(active: SioClient) -> None:
    for number in reversed(range(WINDOW)):
        await active.accepted(number)
    await active.collect("fragment:processed", WINDOW)
    assert active.delivered() == list(range(WINDOW))


async def test_the_last_number_of_the_window_is_accepted(active: SioClient) -> None:
    await active.accepted(WINDOW - 1)


async def test_the_first_number_beyond_the_window_is_invalid_sequence(active: SioClient) -> None:
    assert (await active.refused(WINDOW))["code"] == "INVALID_SEQUENCE"
    assert (await active.round_trip(0))["status"] == "success"


@pytest.mark.parametrize("number", [11, 1000, 2**31, 2**53 - 1])
async def test_a_number_far_beyond_the_window_is_invalid_sequence(active: SioClient, number: int) -> None:
    assert (await active.refused(number))["code"] == "INVALID_SEQUENCE"


async def test_the_window_moves_with_what_is_delivered(active: SioClient) -> None:
    assert (await active.refused(WINDOW, "early"))["code"] == "INVALID_SEQUENCE"
    await active.round_trip(0)
    # A refused fragment leaves no trace: same id, same number, now inside the window.
    await active.accepted(WINDOW, "early")
    assert (await active.refused(WINDOW + 1))["code"] == "INVALID_SEQUENCE"


async def test_the_window_does_not_move_with_what_only_waits(active: SioClient) -> None:
    for number in range(1, WINDOW):
        await active.accepted(number)
    assert (await active.refused(WINDOW))["code"] == "INVALID_SEQUENCE"


async def test_a_skipped_number_moves_the_window(active: SioClient) -> None:
    await active.skip(0)
    await active.accepted(WINDOW)


async def test_the_window_is_the_configured_cap() -> None:
    settings = {
        f"backpressure_threshold_{level}": count
        for level, count in [("medium", 2), ("high", 3), ("critical", 4)]
    }
    async with EchoServer(**settings) as echo, worker(echo.url) as client:
        await client.init()
        await client.accepted(3)
        assert (await client.refused(4))["code"] == "INVALID_SEQUENCE"


async def test_a_slow_fragment_holds_back_the_ready_results_after_it(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0, kind="delay", delay_ms=400))
    for number in range(4):
        await active.accepted(number)
    await active.quiet(0.05)
    assert active.delivered() == []
    await active.collect("fragment:processed", 4)
    assert active.delivered() == [0, 1, 2, 3]


async def test_a_failed_fragment_takes_its_place_in_the_order(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 1, "SYNTHESIS_FAILED"))
    for number in (2, 1, 0):
        await active.accepted(number)
    statuses = [result["status"] for result in await active.collect("fragment:processed", 3)]
    assert (active.delivered(), statuses) == ([0, 1, 2], ["success", "failed", "success"])


async def test_the_acknowledgement_comes_before_the_work(holding: SioClient) -> None:
    fragment_id = await holding.send(0)
    assert (await holding.expect("fragment:ack"))["fragment_id"] == fragment_id
    assert holding.delivered() == []


async def test_the_acknowledgement_is_the_first_word_about_a_fragment(active: SioClient) -> None:
    await active.round_trip(0)
    about_fragments = [arrival.event for arrival in active.arrivals if arrival.event.startswith("fragment:")]
    assert about_fragments == ["fragment:ack", "fragment:processed"]


async def test_a_long_stream_is_delivered_in_order(active: SioClient) -> None:
    for first in range(0, 60, 6):
        for number in (first + 5, first + 1, first, first + 3, first + 2, first + 4):
            await active.send(number)
        await active.collect("fragment:processed", 6)
    assert active.delivered() == list(range(60))
