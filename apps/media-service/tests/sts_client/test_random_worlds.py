"""Whatever happens in whatever order, the promises of the page hold."""

from collections import Counter
from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from media_service.sts.actions import Action, Answered, End, FellBack, Pause, Renew, Resume, Send, Skip
from media_service.sts.breaker import BreakerChanged, BreakerState

from sts_client.bench import MS_NS, Bench, name

CODES = st.sampled_from(
    [
        "MODEL_ERROR",
        "TIMEOUT",
        "QUEUE_FULL",
        "BACKPRESSURE_EXCEEDED",
        "STREAM_PAUSED",
        "SYNTHESIS_FAILED",
        "NEW",
    ]
)


class World(RuleBasedStateMachine):
    """Keeps a record of its own of what the actions mean, and checks each action against it."""

    @initialize(max_inflight=st.integers(1, 4), max_waiting=st.integers(1, 4))
    def begin(self, max_inflight: int, max_waiting: int) -> None:
        self.bench = Bench(connected=False, max_inflight=max_inflight, max_waiting=max_waiting)
        self.limit = 0
        self.connected = False
        self.breaker = BreakerState.CLOSED
        self.pressure = "none"
        self.paused = False
        self.ended = False
        self.offered: list[int] = []
        self.verdicts: Counter[int] = Counter()
        self.late: Counter[int] = Counter()
        self.numbers: dict[int, int] = {}
        self.attempts: Counter[int] = Counter()
        self.skipped: set[int] = set()
        self.in_flight: set[int] = set()
        self.refused: set[int] = set()
        """Slots whose number is a gap at the service."""
        self.delivered: set[int] = set()

    def see(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send(fragment, number):
                    self.see_sent(fragment.slot, number)
                case Skip(numbers):
                    for number in numbers:
                        assert number in self.numbers.values(), "only what was numbered is skipped"
                        assert number not in self.skipped, "once"
                        self.skipped.add(number)
                        [slot] = [slot for slot, other in self.numbers.items() if other == number]
                        self.in_flight.discard(slot)
                        self.refused.discard(slot)
                case FellBack(fallback):
                    self.verdicts[fallback.slot] += 1
                case Answered(answer) if answer.late:
                    self.late[answer.slot] += 1
                    assert self.verdicts[answer.slot] == 1
                case Answered(answer):
                    self.verdicts[answer.slot] += 1
                case BreakerChanged(state):
                    self.breaker = state
                case Pause():
                    assert self.connected
                    assert not self.ended
                    self.paused = True
                case Resume():
                    assert self.connected
                    self.paused = False
                case End():
                    self.ended = True
                case Renew():
                    assert not self.in_flight
                    self.forget_session()
        for slot, count in self.verdicts.items():
            assert count == 1, f"slot {slot} was decided {count} times"
            assert slot in self.offered
        assert all(count == 1 for count in self.late.values())

    def see_sent(self, slot: int, number: int) -> None:
        assert self.connected
        assert not self.ended
        assert not self.paused
        assert self.pressure != "pause"
        assert self.breaker is not BreakerState.OPEN
        assert not self.verdicts[slot], "a decided slot is not sent"
        if slot in self.numbers:
            assert self.numbers[slot] == number, "a retry keeps its number"
        else:
            assert number == len(self.numbers), "numbers are contiguous"
            self.numbers[slot] = number
        self.attempts[slot] += 1
        assert self.attempts[slot] <= 2, "one retry"
        self.in_flight.add(slot)
        self.refused.discard(slot)
        assert len(self.in_flight) <= self.limit

    def forget_session(self) -> None:
        self.connected = False
        self.numbers, self.skipped = {}, set()
        self.in_flight, self.refused = set(), set()
        self.pressure = "none"
        self.paused = self.ended = False

    @rule(theirs=st.integers(1, 5))
    def ready(self, theirs: int) -> None:
        if not self.connected:
            self.connected = True
            self.limit = min(theirs, self.bench.dispatch.session.wanted_inflight)
            self.see(self.bench.ready(theirs))

    @rule()
    def lost(self) -> None:
        self.forget_session()
        self.see(self.bench.lost())

    @rule(within_ms=st.one_of(st.none(), st.integers(-10, 9000)))
    def offer(self, within_ms: int | None) -> None:
        slot = len(self.offered)
        self.offered.append(slot)
        self.see(self.bench.offer(slot, within_ms=within_ms))

    @rule(ms=st.one_of(st.integers(1, 600), st.integers(1, 40_000)))
    def time_passes(self, ms: int) -> None:
        bench = self.bench
        end_ms = bench.now_ms + ms
        while True:
            wake_ns = bench.dispatch.next_wake_ns()
            if wake_ns is None or wake_ns > end_ms * MS_NS:
                break
            assert wake_ns > bench.now_ns, "a wake-up that is not in the future would never end"
            bench.now_ms = wake_ns / MS_NS
            self.see(bench.did(bench.dispatch.tick(bench.now_ns)))
        bench.now_ms = end_ms
        self.see(bench.did(bench.dispatch.tick(bench.now_ns)))

    def pick(self, index: int) -> int:
        """A slot in flight mostly, and now and then any other."""
        slots = sorted(self.in_flight) if self.in_flight and index % 4 else [*self.offered, 999]
        return slots[index % len(slots)]

    @rule(index=st.integers(0, 100))
    def answer(self, index: int) -> None:
        slot = self.pick(index)
        self.in_flight.discard(slot)
        self.see(self.bench.answer(slot))

    @rule(index=st.integers(0, 100))
    def unreadable(self, index: int) -> None:
        slot = self.pick(index)
        self.in_flight.discard(slot)
        self.see(self.bench.unreadable(slot))

    @rule(index=st.integers(0, 100), code=CODES, retryable=st.booleans())
    def fail(self, index: int, code: str, retryable: bool) -> None:
        slot = self.pick(index)
        self.in_flight.discard(slot)
        self.see(self.bench.fail(slot, code, retryable=retryable))

    @rule(index=st.integers(0, 100), code=CODES, retryable=st.booleans())
    def refuse(self, index: int, code: str, retryable: bool) -> None:
        slot = self.pick(index)
        if slot in self.in_flight:
            self.in_flight.discard(slot)
            self.refused.add(slot)
        self.see(self.bench.refuse(slot, code, retryable=retryable))

    @rule(action=st.sampled_from(["none", "slow_down", "pause"]), delay_ms=st.integers(0, 2000))
    def press(self, action: Literal["none", "slow_down", "pause"], delay_ms: int) -> None:
        if self.connected:
            self.pressure = action
            self.see(self.bench.press(action, delay_ms))

    @rule(index=st.integers(0, 100), applied=st.booleans())
    def decide(self, index: int, applied: bool) -> None:
        self.see(self.bench.decide(self.pick(index), applied=applied))

    @rule(on=st.booleans())
    def pause(self, on: bool) -> None:
        dispatch, now_ns = self.bench.dispatch, self.bench.now_ns
        self.see(self.bench.did(dispatch.pause("hole", now_ns) if on else dispatch.resume(now_ns)))

    @rule()
    def change(self) -> None:
        self.see(self.bench.did(self.bench.dispatch.change(3, 8000 * MS_NS, self.bench.now_ns)))

    @invariant()
    def the_gaps_are_those_of_fragments_that_will_be_sent_again(self) -> None:
        if hasattr(self, "bench"):
            waiting = {flight.fragment.slot for flight in self.bench.dispatch.flights.waiting}
            assert self.refused <= waiting, "a number that was given up must be skipped"
            in_flight = set(self.bench.dispatch.flights.in_flight)
            assert in_flight == {name(slot) for slot in self.in_flight}

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.see(self.bench.did(self.bench.dispatch.close(self.bench.now_ns)))
            assert self.verdicts == Counter(self.offered), "every slot is decided, once"


World.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestRandomWorlds = World.TestCase
