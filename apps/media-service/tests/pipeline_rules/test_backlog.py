from collections.abc import Sequence

from media_service.pipeline.backlog import (
    FULL_FOR_NS,
    FULL_NS,
    MOST_BYTES,
    STALL_NS,
    STALLED_FOR_NS,
    Backlog,
)
from media_service.timeline.units import SECOND_NS

STEP_NS = SECOND_NS // 10
NOTHING = "takes nothing any more"


def clock_until_told(backlog: Backlog, levels: Sequence[Sequence[int]], *, size: int = 0) -> int | None:
    """The last levels stay as they are."""
    for step in range(300):
        now_ns = 10**15 + step * STEP_NS
        if backlog.problem(levels[min(step, len(levels) - 1)], size, now_ns) is not None:
            return step * STEP_NS
    return None


def test_one_track_that_piles_up_is_waited_for_two_seconds() -> None:
    told_ns = clock_until_told(Backlog(), [(STALL_NS + 1, 0)])
    assert told_ns is not None
    assert 0 < told_ns - STALLED_FOR_NS <= STEP_NS


def test_a_pile_that_goes_down_in_time_is_forgiven() -> None:
    backlog = Backlog()
    for round_ns in range(0, 10 * SECOND_NS, 2 * SECOND_NS):
        assert backlog.problem((STALL_NS + 1, 0), 0, round_ns) is None
        assert backlog.problem((STALL_NS, 0), 0, round_ns + SECOND_NS) is None


def test_what_is_full_of_everything_and_moves_no_more_is_stuck_after_ten_seconds() -> None:
    told_ns = clock_until_told(Backlog(), [(FULL_NS, FULL_NS)])
    assert told_ns is not None
    assert 0 < told_ns - FULL_FOR_NS <= STEP_NS
    assert Backlog().problem((FULL_NS, FULL_NS), 0, 10**15) is None, "the first look tells nothing"


def test_a_track_that_is_short_may_be_waited_for() -> None:
    assert clock_until_told(Backlog(), [(2 * FULL_NS, FULL_NS - 1)]) is None


def test_what_still_moves_is_only_slow() -> None:
    levels = [(FULL_NS + step % 7, 2 * FULL_NS) for step in range(300)]
    assert clock_until_told(Backlog(), levels) is None


def test_too_much_memory_is_told_at_once() -> None:
    assert Backlog().problem((0, 0), MOST_BYTES + 1, 0) == "takes too little"
    assert Backlog().problem((0, 0), MOST_BYTES, 0) is None


def test_the_longer_wait_is_told_as_what_it_is() -> None:
    backlog = Backlog()
    backlog.problem((STALL_NS + 1, 0), 0, 0)
    assert backlog.problem((STALL_NS + 2, 0), MOST_BYTES + 1, STALLED_FOR_NS + 1) == NOTHING
