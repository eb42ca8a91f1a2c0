"""The reorder buffer, asked directly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.server.order import SKIP_HORIZON, Fit, ReorderBuffer


def buffer() -> ReorderBuffer[str]:
    return ReorderBuffer(window=10, gap_timeout_s=8.0)


def put(order: ReorderBuffer[str], *numbers: int, now: float = 0.0) -> None:
    for number in numbers:
        order.reserve(number, now)
        order.fill(number, f"item {number}")


@given(st.permutations(range(10)))
def test_whatever_order_items_come_in_they_leave_in_the_order_of_their_numbers(numbers: list[int]) -> None:
    order, left = buffer(), list[str]()
    for number in numbers:
        put(order, number)
        left += order.release()
    assert left == [f"item {number}" for number in range(10)]
    assert order.next_number == 10


@given(st.permutations(range(10)))
def test_whatever_order_items_are_done_in_they_leave_in_the_order_of_their_numbers(
    numbers: list[int],
) -> None:
    order, left = buffer(), list[str]()
    for number in range(10):
        order.reserve(number, 0.0)
    for number in numbers:
        order.fill(number, f"item {number}")
        left += order.release()
    assert left == [f"item {number}" for number in range(10)]


@pytest.mark.parametrize(
    ("number", "fit"),
    [
        (0, Fit.USED),  # delivered
        (1, Fit.FITS),  # missing
        (2, Fit.USED),  # waiting
        (3, Fit.USED),  # given up
        (4, Fit.FITS),
        (10, Fit.FITS),  # the last in the window, which begins at 1
        (11, Fit.AHEAD),
        (10**15, Fit.AHEAD),
    ],
)
def test_a_number_fits_where_it_is_new_and_inside_the_window(number: int, fit: Fit) -> None:
    order = buffer()
    put(order, 0, 2)
    order.release()
    order.give_up(3)
    assert order.fit(number) is fit


def test_a_number_is_reserved_once() -> None:
    order = buffer()
    order.reserve(0, 0.0)
    with pytest.raises(ValueError, match="does not fit"):
        order.reserve(0, 0.0)


def test_only_a_reserved_number_is_filled() -> None:
    with pytest.raises(ValueError, match="not reserved"):
        buffer().fill(0, "item 0")


def test_a_second_item_replaces_the_first_while_it_waits() -> None:
    order = buffer()
    put(order, 0)
    order.fill(0, "cancelled")
    assert order.release() == ["cancelled"]


def test_a_gap_is_given_up_at_its_time_and_not_before() -> None:
    order = buffer()
    put(order, 1, now=100.0)
    assert order.next_deadline() == 108.0
    assert (order.give_up_gaps(107.999), order.release()) == ([], [])
    assert (order.give_up_gaps(108.0), order.release()) == ([0], ["item 1"])
    assert order.next_deadline() is None


def test_each_gap_has_its_own_time() -> None:
    order = buffer()
    put(order, 1, now=100.0)
    put(order, 4, now=103.0)
    assert order.give_up_gaps(108.0) == [0]
    assert order.next_deadline() == 111.0
    assert order.give_up_gaps(111.0) == [2, 3]


def test_a_gap_that_is_filled_in_time_is_no_gap() -> None:
    order = buffer()
    put(order, 1, now=100.0)
    put(order, 0, now=101.0)
    assert order.next_deadline() is None
    assert order.release() == ["item 0", "item 1"]


def test_a_later_arrival_does_not_give_a_gap_more_time() -> None:
    order = buffer()
    put(order, 1, now=100.0)
    put(order, 2, now=107.0)
    assert order.next_deadline() == 108.0


def test_all_gaps_are_given_up_where_no_time_is_given() -> None:
    order = buffer()
    put(order, 1, 4)
    assert order.give_up_gaps() == [0, 2, 3]
    assert order.release() == ["item 1", "item 4"]


def test_a_number_that_never_came_is_given_up_in_silence() -> None:
    order = buffer()
    assert order.give_up(0)
    put(order, 1)
    assert order.give_up_gaps(10**9) == []
    assert order.release() == ["item 1"]


def test_giving_up_what_waits_or_is_gone_changes_nothing() -> None:
    order = buffer()
    put(order, 0)
    assert order.give_up(0)
    assert order.release() == ["item 0"]
    assert order.give_up(0)
    assert order.next_number == 1


def test_what_can_be_given_up_ahead_is_bounded() -> None:
    order = buffer()
    assert order.give_up(SKIP_HORIZON - 1)
    assert not order.give_up(SKIP_HORIZON)
