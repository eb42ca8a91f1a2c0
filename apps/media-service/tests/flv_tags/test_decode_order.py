import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.pipeline.decode_order import LOOK_AHEAD, DecodeOrder
from media_service.timeline.units import MS_NS, SECOND_NS

HOUR_NS = 3600 * SECOND_NS
FRAME_NS = 40 * MS_NS


def middle_first(low: int, high: int, depth: int) -> list[int]:
    """Frames between two, in decoding order: a pyramid so deep, and in order below that."""
    if low > high:
        return []
    if depth <= 1:
        return list(range(low, high + 1))
    middle = (low + high) // 2
    return [middle, *middle_first(low, middle - 1, depth - 1), *middle_first(middle + 1, high, depth - 1)]


def decoding_order(groups: list[tuple[int, int]]) -> list[int]:
    """Frame numbers: a frame, then groups of so many B-frames, so deep, after the frame that follows."""
    order, at = [0], 0
    for between, depth in groups:
        following = at + between + 1
        order += [following, *middle_first(at + 1, following - 1, depth)]
        at = following
    return order


def through(times: list[int]) -> list[tuple[int, int]]:
    order: DecodeOrder[int] = DecodeOrder()
    given_back = [pair for number, pts in enumerate(times) for pair in order.add(pts, number)]
    given_back += order.flush()
    assert [number for _, number in given_back] == list(range(len(times)))
    return [(dts, times[number]) for dts, number in given_back]


def assert_decodable(pairs: list[tuple[int, int]]) -> None:
    assert all(dts <= pts for dts, pts in pairs)
    assert all(one < two for (one, _), (two, _) in itertools.pairwise(pairs))


# At most four frames go before one that is shown earlier: a pyramid of three levels and what it leans on.
GROUPS = st.lists(st.tuples(st.integers(0, 7), st.integers(1, 3)), max_size=20)
IRREGULAR = st.integers(0, 1 << 30)


@given(GROUPS, IRREGULAR)
@settings(max_examples=150, deadline=None)
def test_every_unit_is_decoded_in_order_and_before_it_is_shown(
    groups: list[tuple[int, int]], seed: int
) -> None:
    """Also where the frames last differently long, and where B-frames begin in the middle."""
    chance = random.Random(seed)
    order = decoding_order(groups)
    lasts = [chance.choice([8, 16, 33, 40, 120, 500]) * MS_NS for _ in order]
    shown = list(itertools.accumulate(lasts, initial=5 * SECOND_NS))
    assert_decodable(through([shown[number] for number in order]))


@pytest.mark.parametrize(
    ("between", "depth", "reorders"), [(0, 1, 0), (1, 1, 1), (3, 1, 1), (3, 2, 2), (7, 3, 3)]
)
def test_decoding_times_are_as_even_as_the_frames(between: int, depth: int, reorders: int) -> None:
    times = [FRAME_NS * number for number in decoding_order([(between, depth)] * 12)]
    pairs = through(times)
    assert_decodable(pairs)
    assert {two - one for (one, _), (two, _) in itertools.pairwise(pairs)} == {FRAME_NS}
    assert pairs[0][0] == -reorders * FRAME_NS


def test_b_frames_that_begin_late_are_decoded_before_they_are_shown() -> None:
    times = [FRAME_NS * number for number in decoding_order([(0, 1)] * 20 + [(7, 3)] * 5)]
    assert_decodable(through(times))


def test_a_unit_waits_for_so_many_others() -> None:
    order: DecodeOrder[int] = DecodeOrder()
    for number in range(LOOK_AHEAD):
        assert order.add(number * FRAME_NS, number) == []
    assert order.add(LOOK_AHEAD * FRAME_NS, LOOK_AHEAD) == [(0, 0)]
    assert len(order.flush()) == LOOK_AHEAD
    assert order.flush() == []


@pytest.mark.parametrize("jump_ns", [HOUR_NS, -HOUR_NS, 6 * SECOND_NS, -2 * SECOND_NS])
@pytest.mark.parametrize("groups", [[(0, 1)] * 30, [(3, 2)] * 10])
def test_where_the_sources_time_jumps_decoding_times_jump_with_it(
    jump_ns: int, groups: list[tuple[int, int]]
) -> None:
    order = decoding_order(groups)
    before = [2 * HOUR_NS + FRAME_NS * number for number in order]
    after = [time + jump_ns + len(order) * FRAME_NS for time in before]
    pairs = through(before + after)
    assert_decodable(pairs[: len(before)])
    assert_decodable(pairs[len(before) :])
    assert all(pts - dts <= 6 * FRAME_NS for dts, pts in pairs)


def test_a_stamp_that_comes_twice_holds_nothing_up() -> None:
    times = [FRAME_NS * (number - (number == 9)) for number in range(30)]
    pairs = through(times)
    assert all(one < two for (one, _), (two, _) in itertools.pairwise(pairs))
    assert all(dts <= pts + 1 for dts, pts in pairs)
