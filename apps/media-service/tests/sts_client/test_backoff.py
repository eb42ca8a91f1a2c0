"""When the next try to connect is made."""

from media_service.sts.backoff import Backoff


def test_the_steps_double_and_then_every_ten_seconds() -> None:
    backoff = Backoff()
    assert [backoff.next_s() for _ in range(8)] == [2, 4, 8, 16, 32, 10, 10, 10]


def test_a_ready_session_begins_the_steps_anew() -> None:
    backoff = Backoff()
    for _ in range(7):
        backoff.next_s()
    backoff.reset()
    assert [backoff.next_s() for _ in range(2)] == [2, 4]


def test_with_exit_nothing_follows_the_fifth_try() -> None:
    backoff = Backoff("exit")
    assert [backoff.next_s() for _ in range(7)] == [2, 4, 8, 16, 32, None, None]


def test_what_no_retry_heals_is_tried_at_the_slow_pace() -> None:
    assert [Backoff().next_s(hopeless=True) for _ in range(2)] == [10, 10]


def test_what_no_retry_heals_is_given_up_at_once_with_exit() -> None:
    assert Backoff("exit").next_s(hopeless=True) is None
