from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from media_service.timeline.shift import SLEW, Shift
from media_service.timeline.units import MS_NS

FRAME = 33 * MS_NS


def test_what_is_known_while_all_wait_holds_from_the_first_picture() -> None:
    shift = Shift()
    shift.tell(1, 66 * MS_NS)
    assert shift.at(1) == 66 * MS_NS
    assert [shift.leaving(1, number * FRAME) for number in range(5)] == [66 * MS_NS] * 5


def test_what_becomes_known_later_is_followed_without_a_jump() -> None:
    shift = Shift()
    assert shift.leaving(1, 0) == 0
    shift.tell(1, -66 * MS_NS)
    times = [number * FRAME + shift.leaving(1, number * FRAME) for number in range(1, 20)]
    assert all(0 < later - sooner <= FRAME for sooner, later in pairwise(times))
    assert times[-1] == 19 * FRAME - 66 * MS_NS


def test_each_connection_has_its_own_and_the_old_one_s_pictures_keep_theirs() -> None:
    shift = Shift()
    shift.tell(1, 50 * MS_NS)
    shift.leaving(1, 0)
    shift.tell(2, -20 * MS_NS)
    assert shift.leaving(1, FRAME) == 50 * MS_NS
    assert shift.at(2) == -20 * MS_NS
    assert shift.leaving(2, 100 * FRAME) == -20 * MS_NS


def test_a_connection_that_was_lost_at_once_keeps_what_was_told_of_it() -> None:
    shift = Shift()
    for connection, shift_ms in ((1, 50), (2, -20), (3, 10)):
        shift.leaving(1, connection * FRAME)
        shift.tell(connection, shift_ms * MS_NS)
    assert [shift.wanted(connection) for connection in (1, 2, 3)] == [50 * MS_NS, -20 * MS_NS, 10 * MS_NS]
    shift.leaving(3, 100 * FRAME)
    shift.tell(4, 30 * MS_NS)
    assert [shift.wanted(connection) for connection in (1, 2, 3)] == [0, 0, 10 * MS_NS], (
        "what is past is gone"
    )


def test_a_new_connection_s_pictures_never_go_back_behind_the_old_one_s() -> None:
    shift = Shift()
    shift.tell(1, 500 * MS_NS)
    left = 10 * FRAME + shift.leaving(1, 10 * FRAME)
    shift.tell(2, -2000 * MS_NS)
    times = [number * FRAME + shift.leaving(2, number * FRAME) for number in range(12, 400)]
    assert times[0] > left
    assert all(0 < later - sooner <= FRAME for sooner, later in pairwise(times))
    assert times[-1] == 399 * FRAME - 2000 * MS_NS


def test_the_rounding_of_reports_moves_nothing() -> None:
    shift = Shift()
    shift.tell(1, 10 * MS_NS)
    shift.tell(1, 10 * MS_NS + MS_NS // 2)
    assert shift.wanted(1) == 10 * MS_NS


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(-3000, 3000), st.booleans()), max_size=40))
def test_no_picture_leaves_before_the_one_before_it(steps: list[tuple[int, int, bool]]) -> None:
    shift, decode_ns, connection, last_ns = Shift(), 0, 1, None
    for step_ms, wanted_ms, returns in steps:
        decode_ns += step_ms * MS_NS
        connection += returns
        time_ns = decode_ns + shift.leaving(connection, decode_ns)
        if last_ns is not None:
            least_ns = 1 if returns else step_ms * MS_NS * (SLEW - 1) // SLEW
            assert time_ns >= last_ns + least_ns
        last_ns = time_ns
        shift.tell(connection, wanted_ms * MS_NS)
        shift.tell(connection + 1, -wanted_ms * MS_NS)
