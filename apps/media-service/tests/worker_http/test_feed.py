"""The live events: order, what is kept, and that a slow listener holds nobody up."""

import asyncio

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.worker.events import KEPT, LONGEST_QUEUE, Feed, Listener, SlotOutcome, StateChange

LIMIT_S = 5.0


def a_feed(published: int = 0, run_id: str = "run-1") -> Feed:
    feed = Feed(run_id, lambda: 7)
    for number in range(published):
        feed.publish(StateChange(what="state", to=str(number)))
    return feed


async def ids(listener: Listener) -> list[int]:
    taken = await asyncio.wait_for(listener.take(), LIMIT_S)
    lines = [line for line in taken.splitlines() if line.startswith(b"id: ")]
    assert all(line.startswith(b"id: run-1-") for line in lines)
    return [int(line.rpartition(b"-")[2]) for line in lines]


async def test_an_event_is_told_as_server_sent_events_are() -> None:
    feed = a_feed()
    with feed.listen() as listener:
        feed.publish(
            SlotOutcome(
                batch_number=3,
                fragment_id="f-3",
                start_ns=18_000_000_000,
                duration_ns=6_000_000_000,
                outcome="fallback",
                reason="late",
                transcript="uno\ndos",
                segments=((500, 900, "uno"),),
            )
        )
        told = await listener.take()
    head, data, end = told.split(b"\n", 2)[0], told.split(b"data: ")[1].partition(b"\n")[0], told[-2:]
    assert (head, end) == (b"id: run-1-1", b"\n\n")
    assert told.count(b"\n") == 4
    assert orjson.loads(data) == {
        "at_unix_ms": 7,
        "batch_number": 3,
        "fragment_id": "f-3",
        "start_ns": 18_000_000_000,
        "duration_ns": 6_000_000_000,
        "outcome": "fallback",
        "reason": "late",
        "transcript": "uno\ndos",
        "segments": [[500, 900, "uno"]],
        "warnings": [],
    }


async def test_who_is_new_hears_what_happens_from_now_on() -> None:
    feed = a_feed(3)
    with feed.listen() as listener:
        feed.publish(StateChange(what="state", to="x"))
        assert await ids(listener) == [4]


@given(st.integers(0, 300), st.integers(0, 400))
def test_who_comes_back_misses_nothing_that_is_kept(published: int, last: int) -> None:
    async def back() -> list[int]:
        with a_feed(published).listen(f"run-1-{last}") as listener:
            return await ids(listener) if published > last else []

    assert asyncio.run(back()) == list(range(max(last, published - KEPT) + 1, published + 1))


@pytest.mark.parametrize(
    "last", ["run-2-2", "nonsense", "run-1-", "run-1--1", "run-1-\u00b2", "run-1-" + "9" * 5000, ""]
)
async def test_the_id_of_another_run_means_everything_that_is_kept(last: str) -> None:
    with a_feed(3).listen(last) as listener:
        assert await ids(listener) == [1, 2, 3]


async def test_a_listener_that_does_not_take_is_dropped_and_the_others_go_on() -> None:
    feed = a_feed()
    with feed.listen() as slow, feed.listen() as quick:
        heard = []
        for number in range(LONGEST_QUEUE + 1):
            feed.publish(StateChange(what="state", to=str(number)))
            heard += await ids(quick)
        assert (slow.is_open, quick.is_open, len(feed)) == (False, True, 1)
        assert (slow.was_too_slow, quick.was_too_slow) == (True, False)
        assert await asyncio.wait_for(slow.take(), LIMIT_S) == b""
    assert heard == list(range(1, LONGEST_QUEUE + 2))
    assert len(feed) == 0


async def test_at_the_end_who_listens_gets_what_waits_for_them() -> None:
    feed = a_feed()
    with feed.listen() as listener:
        feed.publish(StateChange(what="state", to="ended"))
        feed.close()
        assert await ids(listener) == [1]
        assert await asyncio.wait_for(listener.take(), LIMIT_S) == b""
        assert not listener.was_too_slow


async def test_the_end_wakes_who_waits() -> None:
    feed = a_feed()
    with feed.listen() as listener:
        waiting = asyncio.ensure_future(listener.take())
        await asyncio.sleep(0)
        feed.close()
        assert await asyncio.wait_for(waiting, LIMIT_S) == b""
        assert not listener.was_too_slow
