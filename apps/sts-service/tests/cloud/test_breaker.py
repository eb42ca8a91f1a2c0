"""The breaker by its clock."""

from sts_service.engines.breaker import Breaker

S = 1_000_000_000


def _opened() -> Breaker:
    breaker = Breaker(most=3, pause_s=5, longest_pause_s=15)
    for _ in range(3):
        assert breaker.admits(0)
        breaker.failed(0)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = Breaker(most=3)
    for _ in range(2):
        breaker.failed(0)
    breaker.answered()
    for _ in range(2):
        breaker.failed(0)
    assert breaker.admits(0)
    breaker.failed(0)
    assert not breaker.admits(0)


def test_after_the_pause_one_call_tries_and_the_others_wait() -> None:
    breaker = _opened()
    assert not breaker.admits(5 * S - 1)
    assert [breaker.admits(5 * S) for _ in range(3)] == [True, False, False]


def test_a_trial_that_is_answered_closes_it() -> None:
    breaker = _opened()
    assert breaker.admits(5 * S)
    breaker.answered()
    assert all(breaker.admits(5 * S) for _ in range(3))
    assert not breaker.is_open


def test_a_trial_that_fails_opens_it_for_longer_up_to_a_limit() -> None:
    breaker, now_ns = _opened(), 5 * S
    for pause_s in (10, 15, 15):
        assert breaker.admits(now_ns)
        breaker.failed(now_ns)
        assert not breaker.admits(now_ns + pause_s * S - 1)
        now_ns += pause_s * S


def test_once_answered_the_next_pause_is_the_first_one_again() -> None:
    breaker = _opened()
    assert breaker.admits(5 * S)
    breaker.failed(5 * S)
    assert breaker.admits(15 * S)
    breaker.answered()
    for _ in range(3):
        breaker.failed(20 * S)
    assert not breaker.admits(25 * S - 1)
    assert breaker.admits(25 * S)


def test_a_trial_that_is_given_up_lets_the_next_one_try() -> None:
    breaker = _opened()
    assert breaker.admits(5 * S)
    breaker.abandoned()
    assert breaker.admits(5 * S)


def test_what_was_under_way_when_it_opened_does_not_prolong_the_pause() -> None:
    breaker = _opened()
    breaker.failed(3 * S)
    assert breaker.admits(5 * S)
