import bisect
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.segment.cutter import Cut, Cutter, FixedCutter

SIX_SECONDS = 288_000


def boundaries(start: int, widths: list[int]) -> list[int]:
    return list(itertools.accumulate(widths, initial=start))


def cuts_of(cutter: Cutter, edges: list[int]) -> list[Cut]:
    made = [cutter.unit(start, end) for start, end in itertools.pairwise(edges)]
    return [cut for cut in (*made, cutter.close()) if cut is not None]


def assert_tiled(cuts: list[Cut], edges: list[int]) -> None:
    assert cuts[0].start == edges[0]
    assert cuts[-1].end == edges[-1]
    assert all(one.end == two.start for one, two in itertools.pairwise(cuts))
    assert all(cut.start < cut.end for cut in cuts)
    assert {cut.end for cut in cuts} <= set(edges)


def aac_edges(start: int, count: int, rate_hz: int) -> list[int]:
    """Lane samples of AAC frames: 1024 at 44.1 kHz are 1114.56 samples at 48 kHz."""
    return [start + round(number * 1024 * 48_000 / rate_hz) for number in range(count + 1)]


@pytest.mark.parametrize("rate_hz", [48_000, 44_100, 16_000])
def test_every_cut_is_the_nearest_frame_for_hours(rate_hz: int) -> None:
    edges = aac_edges(777, round(3600 * rate_hz / 1024), rate_hz)
    cuts = cuts_of(FixedCutter(SIX_SECONDS), edges)
    assert_tiled(cuts, edges)
    assert len(cuts) in (600, 601)
    for number, cut in enumerate(cuts[:-1], start=1):
        aim = 777 + number * SIX_SECONDS
        after = bisect.bisect_left(edges, aim)
        assert abs(cut.end - aim) <= min(abs(edge - aim) for edge in edges[after - 1 : after + 1]) + 1
        assert abs(cut.end - aim) < 4_800


def test_a_cut_is_known_with_the_frame_that_it_ends_with() -> None:
    cutter = FixedCutter(SIX_SECONDS)
    edges = aac_edges(0, 300, 48_000)
    for start, end in itertools.pairwise(edges):
        cut = cutter.unit(start, end)
        if cut is not None:
            assert cut.end == end
            return
    pytest.fail("no cut")


def test_an_epoch_that_ends_closes_the_slot_short_and_the_next_counts_anew() -> None:
    cutter = FixedCutter(1000)
    assert cutter.unit(0, 400) is None
    assert cutter.close() == Cut(0, 400)
    assert cutter.close() is None
    assert cutter.unit(5_300, 5_900) is None
    assert cutter.unit(5_900, 6_300) == Cut(5_300, 6_300)
    assert cutter.close() is None


def test_a_unit_wider_than_foreseen_leaves_the_cut_at_the_boundary_before() -> None:
    cutter = FixedCutter(1000)
    edges = [0, 300, 600, 850, 1400, 1700, 2050]
    assert [cutter.unit(start, end) for start, end in itertools.pairwise(edges)] == [
        None,
        None,
        None,
        Cut(0, 850),
        None,
        Cut(850, 2050),
    ]


def test_units_wider_than_a_slot_are_slots() -> None:
    edges = boundaries(0, [1600] * 5)
    assert cuts_of(FixedCutter(1000), edges) == [Cut(a, b) for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize(("start", "end"), [(99, 200), (101, 200), (100, 100), (100, 50)])
def test_a_unit_that_does_not_follow_is_a_fault(start: int, end: int) -> None:
    cutter = FixedCutter(1000)
    cutter.unit(0, 100)
    with pytest.raises(ValueError, match="does not follow"):
        cutter.unit(start, end)


def test_a_slot_needs_a_length() -> None:
    with pytest.raises(ValueError):
        FixedCutter(0)


@settings(deadline=None)
@given(
    st.integers(-(10**9), 10**9),
    st.integers(100, 5000),
    st.integers(0, 1),
    st.integers(1, 400),
    st.integers(500, 40_000),
)
def test_even_units_are_cut_at_the_nearest_boundary(
    start: int, width: int, wobble: int, count: int, duration: int
) -> None:
    edges = boundaries(start, [width + wobble * (number % 3 == 0) for number in range(count)])
    cuts = cuts_of(FixedCutter(duration), edges)
    assert_tiled(cuts, edges)
    last = edges[-1]
    aims = range(start + duration, last - width, duration)
    nearest = [min(abs(edge - aim) for edge in edges) for aim in aims]
    ends = [cut.end for cut in cuts]
    for aim, distance in zip(aims, nearest, strict=True):
        if distance + 1 < aim - start:
            assert min(abs(end - aim) for end in ends) <= distance + 1
    for cut in cuts[:-1]:
        number = round((cut.end - start) / duration)
        assert abs(cut.end - start - number * duration) <= (width + 1) // 2 + 1


@settings(deadline=None)
@given(st.lists(st.integers(1, 4_800), min_size=1, max_size=300), st.integers(9_600, 50_000))
def test_uneven_units_are_tiled_and_never_a_tenth_of_a_second_off(widths: list[int], duration: int) -> None:
    edges = boundaries(0, widths)
    cuts = cuts_of(FixedCutter(duration), edges)
    assert_tiled(cuts, edges)
    for number, cut in enumerate(cuts[:-1], start=1):
        assert abs(cut.end - number * duration) <= 4_800
