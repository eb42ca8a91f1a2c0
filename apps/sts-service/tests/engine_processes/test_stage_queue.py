"""The queue of a stage, for all it may meet: order, fairness, bounds, time-outs, replacement."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.full.stage_orders import Abandon, Answer, Begin, Expire, Order, Refuse, Replace
from sts_service.full.stage_queue import Full, StageQueue

from engine_processes.queue_model import ALLOWED_NS, Life


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(1, 4), st.integers(0, 6))
def test_every_call_ends_once_in_turn_and_within_its_time(seed: int, places: int, bound: int) -> None:
    life = Life(seed, places, bound)
    for _ in range(120):
        life.step()
    life.finish()


class _Hasty(StageQueue):
    """Serves whoever came last."""

    def _fill(self, now_ns: int) -> list[Order]:
        self._line._turns = dict(reversed(self._line._turns.items()))
        return super()._fill(now_ns)


class _Forgetful(StageQueue):
    """A call whose caller has gone is answered all the same."""

    def withdraw(self, ticket: int) -> list[Order]:
        return []


class _Patient(StageQueue):
    """Never gives a hanging engine up."""

    def tick(self, now_ns: int) -> list[Order]:
        return [order for order in super().tick(now_ns) if not isinstance(order, Replace)]


class _Deaf(StageQueue):
    """Lets the others wait while an engine does not start."""

    def failed(self, number: int) -> list[Order]:
        super().failed(number)
        return []


class _Boundless(StageQueue):
    def add(self, stream_id: str, allowed_ns: int, now_ns: int) -> tuple[int, list[Order]]:
        self._bound = 1000
        return super().add(stream_id, allowed_ns, now_ns)


@pytest.mark.parametrize("wrong", [_Hasty, _Forgetful, _Patient, _Deaf, _Boundless])
def test_the_promises_notice_a_defect(wrong: type[StageQueue]) -> None:
    with pytest.raises((AssertionError, KeyError)):
        _live(wrong)


def _live(wrong: type[StageQueue]) -> None:
    for seed in range(200):
        life = Life(seed, 2, 5, wrong(2, 5))
        for _ in range(120):
            life.step()


def queue(places: int = 1, bound: int = 10) -> StageQueue:
    ready = StageQueue(places, bound)
    for place in range(places):
        ready.back(place, 0)
    return ready


def test_nothing_runs_before_an_engine_is_there() -> None:
    cold = StageQueue(1, 10)
    assert cold.running == 0
    assert cold.add("a", ALLOWED_NS, 0) == (0, [Refuse(0)])
    assert cold.back(0, 0) == []
    assert cold.add("a", ALLOWED_NS, 0) == (1, [Begin(1, 0)])


def test_the_streams_take_turns() -> None:
    busy = queue()
    tickets = [busy.add(stream_id, ALLOWED_NS, 0)[0] for stream_id in "aaaabbc"]
    served = [tickets[0]]
    while busy.waiting:
        begun = busy.ended(0, 0)[-1]
        assert isinstance(begun, Begin)
        served.append(begun.ticket)
    assert ["aaaabbc"[ticket] for ticket in served] == list("aabcaba")


def test_a_caller_waits_for_the_time_out_and_its_place_for_twice_that() -> None:
    busy = queue()
    busy.add("a", ALLOWED_NS, 5)
    busy.add("b", ALLOWED_NS, 5)
    assert busy.next_deadline_ns() == 5 + ALLOWED_NS
    assert busy.tick(4 + ALLOWED_NS) == []
    assert busy.tick(5 + ALLOWED_NS) == [Expire(0), Abandon(0)]
    assert busy.tick(5 + ALLOWED_NS) == []
    assert (busy.depth, busy.waiting) == (2, 1), "the engine is still busy with it"
    assert busy.next_deadline_ns() == 5 + 2 * ALLOWED_NS
    assert busy.tick(5 + 2 * ALLOWED_NS) == [Replace(0)]
    assert busy.ended(0, 300) == [], "too late for anybody"
    assert busy.back(0, 400) == [Begin(1, 0)]


def test_waiting_takes_nothing_from_a_calls_time() -> None:
    busy = queue()
    busy.add("a", ALLOWED_NS, 0)
    busy.add("b", ALLOWED_NS, 0)
    assert busy.ended(0, 99) == [Answer(0), Begin(1, 0)]
    assert busy.next_deadline_ns() == 99 + ALLOWED_NS


def test_a_call_that_ends_late_but_before_its_engine_is_replaced_frees_its_place() -> None:
    busy = queue()
    busy.add("a", ALLOWED_NS, 0)
    busy.add("b", ALLOWED_NS, 0)
    busy.tick(ALLOWED_NS)
    assert busy.ended(0, ALLOWED_NS + 50) == [Begin(1, 0)]


def test_over_the_bound_a_call_is_refused() -> None:
    busy = queue(bound=1)
    busy.add("a", ALLOWED_NS, 0)
    busy.add("a", ALLOWED_NS, 0)
    with pytest.raises(Full):
        busy.add("b", ALLOWED_NS, 0)


def test_the_waiting_are_served_elsewhere_while_a_place_is_lost() -> None:
    two = queue(places=2)
    for stream_id in "abc":
        two.add(stream_id, ALLOWED_NS, 0)
    assert two.ended(0, 1, broken=True) == [Answer(0), Replace(0)]
    assert two.running == 1
    assert two.ended(1, 2) == [Answer(1), Begin(2, 1)]


def test_nobody_waits_for_an_engine_that_does_not_start() -> None:
    down = queue()
    down.add("a", ALLOWED_NS, 0)
    down.add("b", ALLOWED_NS, 0)
    assert down.ended(0, 1, broken=True) == [Answer(0), Replace(0)]
    assert down.waiting == 1, "it may be back in a moment"
    assert down.failed(0) == [Refuse(1)]
    assert down.add("c", ALLOWED_NS, 2) == (2, [Refuse(2)])
    assert down.back(0, 3) == []
    assert down.add("c", ALLOWED_NS, 4) == (3, [Begin(3, 0)])


def test_an_end_refuses_all() -> None:
    ending = queue()
    for stream_id in "ab":
        ending.add(stream_id, ALLOWED_NS, 0)
    assert ending.close() == [Refuse(1), Refuse(0)]
    assert ending.running == ending.waiting == 0
    assert ending.ended(0, 1) == []
