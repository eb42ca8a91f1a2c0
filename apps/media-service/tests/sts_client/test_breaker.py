"""The circuit breaker's rules, on an injected clock."""

import pytest
from media_service.sts.breaker import (
    COUNTED,
    OPEN_NS,
    THRESHOLD,
    Breaker,
    BreakerChanged,
    BreakerState,
    counts,
)


def failed(breaker: Breaker, times: int, code: str = "MODEL_ERROR", now_ns: int = 0) -> list[BreakerChanged]:
    changes = (breaker.failed(f"f-{n}", code, retryable=True, now_ns=now_ns) for n in range(times))
    return [change for change in changes if change]


def opened() -> Breaker:
    breaker = Breaker()
    failed(breaker, THRESHOLD)
    return breaker


def half_open() -> Breaker:
    breaker = opened()
    breaker.tick(OPEN_NS)
    breaker.sent("probe")
    return breaker


def test_the_numbers_are_those_of_the_metric() -> None:
    assert [state.value for state in (BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN)] == [
        0,
        1,
        2,
    ]


def test_it_opens_at_the_fifth_failure_in_a_row() -> None:
    breaker = Breaker()
    assert failed(breaker, 4) == []
    assert breaker.may_send
    [change] = failed(breaker, 1, "GPU_OOM")
    assert change == BreakerChanged(BreakerState.OPEN, "5 failures in a row, the last: GPU_OOM")
    assert not breaker.may_send


def test_a_success_ends_the_row() -> None:
    breaker = Breaker()
    failed(breaker, 4)
    breaker.succeeded("f")
    assert failed(breaker, 4) == []


@pytest.mark.parametrize("code", sorted(COUNTED))
def test_each_code_of_the_list_counts(code: str) -> None:
    assert failed(Breaker(), 5, code)


@pytest.mark.parametrize(
    ("code", "retryable", "counted"),
    [
        ("SYNTHESIS_FAILED", False, False),
        ("TIMEOUT", False, False),
        ("BACKPRESSURE_EXCEEDED", True, False),
        ("STREAM_PAUSED", True, False),
        ("SOMETHING_NEW", True, True),
        ("SOMETHING_NEW", False, False),
    ],
)
def test_what_else_counts(code: str, retryable: bool, counted: bool) -> None:
    assert counts(code, retryable=retryable) is counted


def test_an_error_that_does_not_count_neither_adds_to_the_row_nor_ends_it() -> None:
    breaker = Breaker()
    failed(breaker, 4)
    assert breaker.failed("f", "SYNTHESIS_FAILED", retryable=False, now_ns=0) is None
    assert failed(breaker, 1)


def test_it_is_half_open_after_30_seconds_and_not_before() -> None:
    breaker = opened()
    assert breaker.wake_ns == 30_000_000_000
    assert breaker.tick(OPEN_NS - 1) is None
    change = breaker.tick(OPEN_NS)
    assert change is not None
    assert change.state is BreakerState.HALF_OPEN
    assert breaker.wake_ns is None


def test_half_open_lets_one_probe_through() -> None:
    breaker = opened()
    breaker.tick(OPEN_NS)
    assert breaker.may_send
    breaker.sent("probe")
    assert not breaker.may_send


def test_the_probes_success_closes_it() -> None:
    breaker = half_open()
    assert breaker.succeeded("an older one") is None
    change = breaker.succeeded("probe")
    assert change is not None
    assert change.state is BreakerState.CLOSED
    assert failed(breaker, 4) == []


def test_the_probes_failure_opens_it_for_another_30_seconds() -> None:
    breaker = half_open()
    assert breaker.failed("an older one", "TIMEOUT", retryable=True, now_ns=OPEN_NS + 1) is None
    change = breaker.failed("probe", "TIMEOUT", retryable=True, now_ns=OPEN_NS + 5)
    assert change == BreakerChanged(BreakerState.OPEN, "the probe failed: TIMEOUT")
    assert breaker.wake_ns == 2 * OPEN_NS + 5


def test_a_probe_that_says_nothing_makes_room_for_another() -> None:
    breaker = half_open()
    assert breaker.failed("probe", "SYNTHESIS_FAILED", retryable=False, now_ns=OPEN_NS) is None
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.may_send


def test_nothing_that_was_sent_before_changes_an_open_breaker() -> None:
    breaker = opened()
    assert breaker.succeeded("f") is None
    assert failed(breaker, 9, now_ns=OPEN_NS - 1) == []
    assert breaker.wake_ns == OPEN_NS


def test_a_new_session_starts_closed() -> None:
    breaker = opened()
    change = breaker.renewed()
    assert change is not None
    assert change.state is BreakerState.CLOSED
    failed(breaker, 4)
    assert breaker.renewed() is None
    assert failed(breaker, 4) == []
