"""When a silent connection is closed."""

from sts_service.server.idle import IdleClock


def test_a_connection_is_idle_after_its_time_of_silence() -> None:
    assert IdleClock(60.0, now=100.0).deadline(excused=False) == 160.0


def test_whatever_comes_or_goes_starts_the_time_anew() -> None:
    clock = IdleClock(60.0, now=100.0)
    clock.touch(130.0)
    assert clock.deadline(excused=False) == 190.0


def test_a_paused_or_busy_connection_is_never_idle() -> None:
    clock = IdleClock(60.0, now=100.0)
    assert clock.deadline(excused=True) is None
    assert clock.deadline(excused=False) == 160.0
