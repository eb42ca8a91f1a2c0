"""Whose turn it is: order, cancellations, gaps, whatever the order of arrival."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.full.turns import GAP_NS, REMEMBERED, Ticket, Turns


def arrived(turns: Turns, *numbers: int, now_ns: int = 0) -> list[Ticket]:
    tickets = [turns.arrive(number, now_ns) for number in numbers]
    for ticket in tickets:
        turns.ask(ticket)
    return tickets


def test_the_first_goes_at_once() -> None:
    turns = Turns()
    (first,) = arrived(turns, 0)
    assert turns.next(0) is first
    assert turns.next(0) is None


def test_one_goes_at_a_time_in_order() -> None:
    turns = Turns()
    two, one, zero = arrived(turns, 2, 1, 0)
    for expected in (zero, one, two):
        assert turns.next(0) is expected
        assert turns.next(10 * GAP_NS) is None
        turns.settle(expected)
    assert turns.wakes_at_ns() is None


def test_a_fragment_waits_for_a_predecessor_that_is_still_being_decoded() -> None:
    turns = Turns()
    zero = turns.arrive(0, 0)
    (one,) = arrived(turns, 1)
    assert turns.next(100 * GAP_NS) is None
    assert turns.wakes_at_ns() is None
    turns.ask(zero)
    assert turns.next(0) is zero
    turns.settle(zero)
    assert turns.next(0) is one


@pytest.mark.parametrize("asked", [False, True])
def test_a_fragment_that_ends_without_its_turn_frees_it(asked: bool) -> None:
    turns = Turns()
    zero = turns.arrive(0, 0)
    if asked:
        turns.ask(zero)
    (one,) = arrived(turns, 1)
    turns.settle(zero)
    assert turns.next(0) is one


def test_an_unseen_predecessor_is_waited_for_only_shortly() -> None:
    turns = Turns()
    (five,) = arrived(turns, 5, now_ns=100)
    assert turns.wakes_at_ns() == 100 + GAP_NS
    assert turns.next(100 + GAP_NS - 1) is None
    assert turns.next(100 + GAP_NS) is five


def test_one_that_comes_within_the_gap_goes_first() -> None:
    turns = Turns()
    (one,) = arrived(turns, 1)
    (zero,) = arrived(turns, 0, now_ns=GAP_NS - 1)
    assert turns.next(GAP_NS) is zero
    turns.settle(zero)
    assert turns.next(GAP_NS) is one


def test_a_late_one_goes_as_soon_as_nobody_is_at_work() -> None:
    turns = Turns()
    (one,) = arrived(turns, 1)
    assert turns.next(GAP_NS) is one
    (zero,) = arrived(turns, 0, now_ns=GAP_NS)
    assert turns.next(GAP_NS) is None
    turns.settle(one)
    assert turns.next(GAP_NS) is zero


def test_a_retry_has_a_turn_of_its_own() -> None:
    turns = Turns()
    (first,) = arrived(turns, 0)
    assert turns.next(0) is first
    turns.settle(first)
    (again,) = arrived(turns, 0)
    turns.settle(first)
    assert turns.next(0) is again


def test_what_is_remembered_is_bounded() -> None:
    turns = Turns()
    for number in range(REMEMBERED + 100):
        turns.settle(turns.arrive(number, 0))
    assert len(turns._over) == REMEMBERED


class World:
    """Fragments that come, ask, end and vanish in any order; whoever runs ends some time."""

    def __init__(self) -> None:
        self.turns, self.now_ns = Turns(), 0
        self.preparing: list[Ticket] = []
        self.asking: list[Ticket] = []
        self.running: Ticket | None = None
        self.went: list[int] = []

    def grant(self) -> None:
        ticket = self.turns.next(self.now_ns)
        if ticket is None:
            return
        assert self.running is None, "two at once"
        assert ticket in self.asking, "one that does not ask"
        lower = [each.number for each in (*self.preparing, *self.asking) if each.number < ticket.number]
        assert not lower, f"{ticket.number} went before {lower}, which were here"
        self.asking.remove(ticket)
        self.running = ticket
        self.went.append(ticket.number)

    def step(self, what: str, choice: int) -> None:
        match what:
            case "ask" if self.preparing:
                ticket = self.preparing.pop(choice % len(self.preparing))
                self.turns.ask(ticket)
                self.asking.append(ticket)
            case "cancel" if everyone := [*self.preparing, *self.asking]:
                ticket = everyone[choice % len(everyone)]
                (self.preparing if ticket in self.preparing else self.asking).remove(ticket)
                self.turns.settle(ticket)
            case "end" if self.running:
                self.turns.settle(self.running)
                self.running = None
            case "wait":
                self.now_ns += choice * 10_000_000
        self.grant()

    def run_out(self) -> None:
        """Everybody asks and ends; time passes only where nothing else can happen."""
        for _ in range(1000):
            if self.running:
                self.step("end", 0)
            elif self.preparing:
                self.step("ask", 0)
            elif self.asking:
                wakes_at_ns = self.turns.wakes_at_ns()
                assert wakes_at_ns is not None, "nobody runs, somebody asks, and nothing will ever happen"
                self.now_ns = max(self.now_ns, wakes_at_ns)
                self.grant()
                assert self.running, "nobody goes although the time has come"
            else:
                return
        raise AssertionError("it never ends")


STEPS = st.tuples(st.sampled_from(["come", "ask", "cancel", "end", "wait"]), st.integers(0, 30))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 25), unique=True, max_size=20), st.lists(STEPS, max_size=80))
def test_everybody_who_stays_goes_once_and_none_before_a_lower_one_that_is_here(
    numbers: list[int], steps: list[tuple[str, int]]
) -> None:
    world, coming = World(), list(numbers)
    for what, choice in steps:
        if what == "come" and coming:
            world.preparing.append(world.turns.arrive(coming.pop(0), world.now_ns))
            world.grant()
        else:
            world.step(what, choice)
    world.run_out()
    assert len(world.went) == len(set(world.went))
    assert not world.turns._here


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(8)))
def test_all_that_are_here_go_in_order_whatever_the_order_of_arrival(numbers: list[int]) -> None:
    world = World()
    for number in numbers:
        world.preparing.append(world.turns.arrive(number, 0))
    world.run_out()
    assert world.went == sorted(numbers)
