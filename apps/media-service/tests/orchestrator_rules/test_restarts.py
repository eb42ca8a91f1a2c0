"""When a crashed worker may start again."""

from hypothesis import given
from hypothesis import strategies as st
from media_service.orchestrator.egress.retry import LONGEST_S, SETTLED_S, Retry
from media_service.orchestrator.wanted.restarts import RestartRules, Restarts

RULES = RestartRules()


def test_the_wait_doubles_with_each_crash_up_to_a_bound() -> None:
    restarts, now_s, waits = Restarts(RestartRules(longest_s=5.0)), 100.0, []
    for _ in range(6):
        restarts.crashed(now_s)
        assert restarts.wake_s is not None
        waits.append(restarts.wake_s - now_s)
        assert not restarts.may_start(now_s)
        now_s = restarts.wake_s
        assert restarts.may_start(now_s)
        restarts.started(now_s)
    assert waits == [0.5, 1, 2, 4, 5, 5]


@given(st.lists(st.floats(0, 400), min_size=8, max_size=40))
def test_there_are_never_more_restarts_in_ten_minutes_than_six(lives_s: list[float]) -> None:
    restarts, now_s, at_s = Restarts(), 0.0, []
    restarts.started(now_s)
    for life_s in lives_s:
        now_s += life_s
        restarts.crashed(now_s)
        assert restarts.wake_s is not None
        if restarts.recent(now_s) == RULES.most:
            assert restarts.gave_up(now_s)
        now_s = max(now_s, restarts.wake_s)
        assert restarts.may_start(now_s)
        restarts.started(now_s)
        at_s.append(now_s)
    for first, seventh in zip(at_s, at_s[RULES.most :], strict=False):
        assert seventh - first >= RULES.window_s * (1 - 1e-9)


def test_a_start_that_cannot_work_is_not_tried_again_by_itself() -> None:
    restarts = Restarts()
    restarts.crashed(0, hopeless=True)
    assert restarts.gave_up(1e6)
    assert not restarts.may_start(1e6)
    assert restarts.wake_s is None
    restarts.forget()
    assert restarts.may_start(0)
    assert not restarts.gave_up(0)


def test_what_was_asked_for_is_no_restart() -> None:
    restarts = Restarts()
    for now_s in range(20):
        restarts.started(now_s)
    assert (restarts.recent(20), restarts.total) == (0, 0)


def test_a_fresh_start_forgets_the_crashes() -> None:
    restarts = Restarts()
    for now_s in range(6):
        restarts.crashed(now_s * 40)
        restarts.started(now_s * 40 + 35)
    restarts.crashed(300)
    assert restarts.gave_up(300)
    restarts.forget()
    restarts.started(301)
    restarts.crashed(302)
    assert restarts.wake_s == 302.5


@given(st.lists(st.floats(0, SETTLED_S - 0.001), min_size=1, max_size=60))
def test_a_forwarder_is_tried_for_ever_and_later_each_time(lives_s: list[float]) -> None:
    retry, now_s, waits = Retry(), 0.0, []
    for life_s in lives_s:
        retry.started(now_s)
        now_s += life_s
        waits.append(retry.ended(now_s))
        now_s += waits[-1]
    assert waits == sorted(waits)
    assert (waits[0], max(waits) <= LONGEST_S, retry.attempts) == (1.0, True, len(waits))


def test_a_forwarders_wait_doubles_up_to_a_minute() -> None:
    retry = Retry()
    assert [retry.ended(0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_forwarder_that_ran_well_begins_anew_with_the_shortest_wait() -> None:
    retry = Retry()
    for _ in range(9):
        retry.started(0)
        retry.ended(0)
    retry.started(100)
    assert retry.ended(100 + SETTLED_S) == 1.0
