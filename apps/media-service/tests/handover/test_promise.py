"""What the predecessor has promised, and when that is nothing any more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.handover.promise import CONFIRM_BEFORE_NS, Phase, Promise
from media_service.timeline.units import SECOND_NS

DUE_NS = 10 * SECOND_NS
LATEST_NS = DUE_NS - CONFIRM_BEFORE_NS


def phase_of(promise: Promise) -> Phase:
    return promise.phase


def promised() -> Promise:
    promise = Promise()
    promise.make("one", DUE_NS, 8 * SECOND_NS)
    return promise


def test_it_leaves_once_that_is_confirmed() -> None:
    promise = promised()
    assert phase_of(promise) is Phase.PROMISED
    assert promise.confirm("one", LATEST_NS)
    assert phase_of(promise) is Phase.LEAVING
    promise.tick(DUE_NS + SECOND_NS)
    assert phase_of(promise) is Phase.LEAVING
    promise.left()
    assert phase_of(promise) is Phase.LEFT


def test_it_goes_on_where_nobody_confirms() -> None:
    promise = promised()
    promise.tick(LATEST_NS)
    assert phase_of(promise) is Phase.PROMISED
    promise.tick(LATEST_NS + 1)
    assert phase_of(promise) is Phase.STEADY


def test_a_confirmation_that_comes_too_late_is_refused() -> None:
    promise = promised()
    assert not promise.confirm("one", LATEST_NS + 1)
    assert phase_of(promise) is Phase.STEADY


def test_a_confirmation_whose_answer_was_lost_may_be_asked_again() -> None:
    promise = promised()
    assert promise.confirm("one", LATEST_NS)
    assert promise.confirm("one", DUE_NS)


def test_it_is_promised_to_one_at_a_time() -> None:
    promise = promised()
    assert not promise.may_promise("two", 8 * SECOND_NS)
    with pytest.raises(ValueError, match="promised already"):
        promise.make("two", DUE_NS, 8 * SECOND_NS)
    assert not promise.confirm("two", 8 * SECOND_NS)
    promise.make("one", DUE_NS + SECOND_NS, 8 * SECOND_NS)
    assert promise.may_promise("two", DUE_NS + SECOND_NS)


def test_one_that_is_leaving_promises_nothing_more() -> None:
    promise = promised()
    promise.confirm("one", LATEST_NS)
    assert not promise.may_promise("one", LATEST_NS)
    promise.left()
    assert not promise.may_promise("two", DUE_NS)


events = st.tuples(
    st.sampled_from(["make", "confirm", "withdraw", "tick"]),
    st.sampled_from(["one", "two"]),
    st.integers(0, 2 * SECOND_NS),
)


@given(st.lists(events, max_size=30))
def test_it_never_leaves_for_one_that_did_not_confirm_in_time(
    events: list[tuple[str, str, int]],
) -> None:
    promise, now = Promise(), 0
    for what, who, step in events:
        now += step
        if what == "make" and promise.may_promise(who, now):
            promise.make(who, now + SECOND_NS, now)
        elif what == "confirm":
            due_ns, was, to = promise.due_ns, promise.phase, promise.to
            given = promise.confirm(who, now)
            in_time = was is Phase.PROMISED and now <= due_ns - CONFIRM_BEFORE_NS
            assert given == (who == to and (in_time or was is Phase.LEAVING))
        elif what == "withdraw":
            was = promise.phase
            promise.withdraw(who)
            assert was is not Phase.LEAVING or promise.phase is Phase.LEAVING
        else:
            promise.tick(now)
        assert (promise.to is None) == (promise.phase is Phase.STEADY)
