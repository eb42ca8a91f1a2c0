"""Whoever guesses is slowed, alone, and in bounded memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.orchestrator.login.guesses import MOST_ADDRESSES, Guesses, network

AT_ONCE, AGAIN_S = 5, 5.0


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def guesses(clock: Clock) -> Guesses:
    return Guesses(AT_ONCE, AGAIN_S, clock)


def test_a_few_wrong_ones_are_taken_at_once_then_one_after_each_wait() -> None:
    clock = Clock()
    ours = guesses(clock)
    for _ in range(AT_ONCE):
        assert ours.wait_s("10.0.0.1") == 0
        ours.wrong("10.0.0.1")
    for _ in range(3):
        wait_s = ours.wait_s("10.0.0.1")
        assert wait_s == pytest.approx(AGAIN_S)
        clock.now_s += wait_s / 2
        assert ours.wait_s("10.0.0.1") == pytest.approx(AGAIN_S / 2)
        clock.now_s += wait_s / 2
        assert ours.wait_s("10.0.0.1") == 0
        ours.wrong("10.0.0.1")


@given(st.lists(st.floats(0, 20), max_size=200))
def test_in_any_time_there_are_only_so_many_guesses(pauses_s: list[float]) -> None:
    clock = Clock()
    ours = guesses(clock)
    begin_s, taken = clock.now_s, 0
    for pause_s in pauses_s:
        clock.now_s += pause_s
        if ours.wait_s("10.0.0.1") <= 0:
            ours.wrong("10.0.0.1")
            taken += 1
    assert taken <= AT_ONCE + (clock.now_s - begin_s) / AGAIN_S + 1e-6


def test_another_address_is_not_held_up() -> None:
    ours = guesses(Clock())
    for _ in range(AT_ONCE):
        ours.wrong("10.0.0.1")
    assert ours.wait_s("10.0.0.1") > 0
    assert ours.wait_s("10.0.0.2") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "", True),
    ],
)
def test_a_customers_addresses_are_one(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) == same


def test_memory_is_bounded_and_new_addresses_then_share_one_allowance() -> None:
    ours = guesses(Clock())
    taken = 0
    for number in range(3 * MOST_ADDRESSES):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        if ours.wait_s(address) <= 0:
            ours.wrong(address)
            taken += 1
    assert len(ours) == MOST_ADDRESSES + 1
    assert taken == MOST_ADDRESSES + AT_ONCE


def test_addresses_that_are_forgiven_make_room() -> None:
    clock = Clock()
    ours = guesses(clock)
    for number in range(MOST_ADDRESSES):
        ours.wrong(f"10.0.{number >> 8}.{number & 255}")
    clock.now_s += AGAIN_S
    ours.wrong("10.9.9.9")
    assert len(ours) == 1


@given(st.text(max_size=200))
def test_whatever_stands_for_an_address_is_bounded(address: str) -> None:
    assert len(network(address)) <= 64
