import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.timeline.lane import EDGE, HOLE, SLEW_PER_MILLE, Lane, Span, stretched
from media_service.timeline.units import MS_NS, RATE_HZ, SECOND_NS, Sound, ns_of, samples_of

FRAME = 1024
ONE_MS = samples_of(MS_NS)


def tone(length: int, start: int = 0, hz: float = 440.0) -> Sound:
    wave = 0.5 * np.sin(2 * np.pi * hz * (start + np.arange(length)) / RATE_HZ)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def flat(length: int) -> Sound:
    return np.full((length, 2), 0.5, np.float32)


def laid(
    lane: Lane, count: int, *, width: int = FRAME, at: int = 0, stamp: Callable[[int], int] = ns_of
) -> None:
    """Continuous sound of so many pieces, stamped by where it truly is."""
    for number in range(count):
        start = at + number * width
        lane.lay(stamp(start), tone(width, start), 0)


def test_contiguous_sound_is_laid_sample_for_sample() -> None:
    lane = Lane()
    laid(lane, 500)
    assert lane.head == 500 * FRAME
    assert (lane.holes, lane.cut, lane.slewed) == (0, 0, 0)
    assert np.array_equal(lane.read(0, lane.head), tone(lane.head))


def test_the_first_sound_lies_where_its_stamp_says() -> None:
    lane = Lane()
    assert lane.lay(ns_of(3000), flat(FRAME), 0) == Span(3000, 3000 + FRAME, 3000)
    assert lane.holes == 3000


@pytest.mark.parametrize("lost", [1, 2, 7, 234])
def test_a_hole_is_exactly_as_long_as_what_was_lost(lost: int) -> None:
    lane = Lane()
    laid(lane, 10)
    start = (10 + lost) * FRAME
    assert lane.lay(ns_of(start), tone(FRAME, start), 0) == Span(start, start + FRAME, lost * FRAME)
    assert lane.holes == lost * FRAME
    assert not lane.read(10 * FRAME, lost * FRAME).any()
    later = lane.read(start, FRAME)
    assert np.array_equal(later[EDGE:], tone(FRAME, start)[EDGE:])


def test_the_edges_beside_a_hole_fade() -> None:
    lane = Lane()
    lane.lay(0, flat(FRAME), 0)
    lane.lay(ns_of(3 * FRAME), flat(FRAME), 0)
    sound = lane.read(0, lane.head)
    assert np.abs(np.diff(sound[:, 0])).max() < 0.5 / (EDGE - 2)
    assert sound[FRAME - 1, 0] == 0
    assert sound[3 * FRAME, 0] == 0
    assert sound[FRAME - EDGE - 1, 0] == pytest.approx(0.5)
    assert sound[3 * FRAME + EDGE, 0] == pytest.approx(0.5)


def test_the_edges_of_a_cut_fade() -> None:
    lane = Lane()
    lane.lay(0, flat(FRAME), 0)
    lane.lay(ns_of(FRAME - 1000), -flat(4 * FRAME), 0)
    assert np.abs(np.diff(lane.read(0, lane.head)[:, 0])).max() < 0.5 / (EDGE - 2)


def test_a_new_epoch_begins_without_a_click() -> None:
    lane = Lane()
    lane.lay(0, flat(FRAME), 0)
    lane.lay(ns_of(FRAME), -flat(FRAME), 1)
    assert lane.head == 2 * FRAME
    assert np.abs(np.diff(lane.read(0, lane.head)[:, 0])).max() < 0.5 / (EDGE - 2)


def test_silence_after_silence_leaves_the_sound_before_it_alone() -> None:
    lane = Lane()
    lane.lay(0, flat(FRAME), 0)
    lane.fill(FRAME + 100)
    once = lane.read(0, FRAME)
    lane.fill(FRAME + 200)
    assert np.array_equal(lane.read(0, FRAME), once)
    assert once[FRAME - EDGE // 2, 0] == pytest.approx(0.25, abs=0.01)


def test_sound_that_comes_twice_is_cut() -> None:
    lane = Lane()
    laid(lane, 10)
    assert lane.lay(ns_of(5 * FRAME), tone(FRAME, 5 * FRAME), 0) is None
    assert lane.cut == FRAME
    again = lane.lay(ns_of(9 * FRAME), tone(3 * FRAME, 9 * FRAME), 0)
    assert again == Span(10 * FRAME, 12 * FRAME)
    assert lane.cut == 2 * FRAME
    assert np.array_equal(lane.read(11 * FRAME, FRAME), tone(FRAME, 11 * FRAME))


def test_an_epoch_that_begins_in_what_is_laid_is_cut_there() -> None:
    lane = Lane()
    laid(lane, 10)
    span = lane.lay(ns_of(8 * FRAME), tone(4 * FRAME, 8 * FRAME), 1)
    assert span == Span(10 * FRAME, 12 * FRAME)
    assert np.array_equal(lane.read(11 * FRAME, FRAME), tone(FRAME, 11 * FRAME))


def test_even_a_short_pause_before_an_epoch_is_kept() -> None:
    lane = Lane()
    laid(lane, 10)
    assert lane.lay(ns_of(10 * FRAME + 100), tone(FRAME), 1) == Span(10 * FRAME + 100, 11 * FRAME + 100, 100)


@pytest.mark.parametrize("width", [FRAME, 960, 48, 4096])
def test_the_jitter_of_mpeg_ts_makes_no_hole_and_no_cut(width: int) -> None:
    jitter = random.Random(2)
    lane = Lane()
    laid(lane, 60 * RATE_HZ // width, width=width, stamp=lambda s: ns_of(s) + jitter.randint(-4, 4) * MS_NS)
    assert lane.cut == 0
    assert lane.holes <= 4 * ONE_MS  # before the first
    assert abs(lane.head - 60 * RATE_HZ // width * width) <= 5.5 * ONE_MS


@pytest.mark.parametrize("rounded", ["down", "nearest"])
def test_flvs_milliseconds_slew_half_a_millisecond_at_most(rounded: str) -> None:
    lane = Lane()
    half = MS_NS // 2 if rounded == "nearest" else 0
    laid(lane, 120 * RATE_HZ // FRAME, stamp=lambda s: (ns_of(s) + half) // MS_NS * MS_NS)
    assert lane.cut == lane.holes == 0
    assert abs(lane.slewed) <= ONE_MS // 2 + 1


def test_flvs_milliseconds_of_44_100_hz_slew_half_a_millisecond_at_most() -> None:
    lane, start = Lane(), 0.0
    for number in range(6000):
        position = number * 1024 * 48_000 / 44_100
        width = round(position + 1024 * 48_000 / 44_100) - round(position)
        lane.lay(int(position / 48) * MS_NS, tone(width), 0)
        start = position + width
    assert abs(lane.slewed) <= ONE_MS // 2 + 1
    assert abs(lane.head - start) <= ONE_MS


def _drifts() -> Iterator[Any]:
    """Of narrow pieces it takes many."""
    for width in (FRAME, 960, 1115, 120, 48):
        for per_million in (50, -50, 200, -200, 1000, -1000, 4000, -4000):
            quick = width > 120 or abs(per_million) == 4000
            yield pytest.param(per_million, width, marks=[pytest.mark.slow][: not quick])


@pytest.mark.parametrize(("per_million", "width"), list(_drifts()))
def test_a_drift_is_followed_within_a_millisecond_and_never_by_a_jump(per_million: int, width: int) -> None:
    lane = Lane()
    worst, laid_samples = 0.0, 0
    for number in range(60 * RATE_HZ // width):
        position = number * width * (1 + per_million / 1e6)
        before = lane.head
        lane.lay(round(position * SECOND_NS / RATE_HZ), flat(width), 0)
        step = lane.head - before - width
        assert abs(step) <= width * SLEW_PER_MILLE // 1000 + 1
        laid_samples += width
        if number * width > 15 * RATE_HZ:
            worst = max(worst, abs(position - before))
    assert lane.cut == lane.holes == 0
    assert worst <= 1.2 * ONE_MS
    assert abs(lane.slewed) <= laid_samples * SLEW_PER_MILLE / 1000


def test_over_any_second_at_most_half_a_percent_is_slewed() -> None:
    lane, heads = Lane(), [0]
    for number in range(10_000):
        lane.lay(round(number * 48 * 1.0045 * SECOND_NS / RATE_HZ), flat(48), 0)
        heads.append(lane.head)
    for begin in range(0, len(heads) - 1000, 100):
        stretch = heads[begin + 1000] - heads[begin] - 48_000
        assert abs(stretch) <= 241


def test_a_drift_is_known_again_after_a_hole() -> None:
    """The two clocks have not changed with it."""
    lane, worst = Lane(), 0.0
    for number in range(60 * RATE_HZ // FRAME):
        if 1400 <= number < 1500:
            continue
        position = number * FRAME * 1.002
        if number > 1500:
            worst = max(worst, abs(position - lane.head))
        lane.lay(round(position * SECOND_NS / RATE_HZ), flat(FRAME), 0)
    assert worst <= ONE_MS


def test_a_new_epoch_knows_nothing_of_the_drift_before() -> None:
    lane = Lane()
    for number in range(2000):
        lane.lay(round(number * FRAME * 1.004 * SECOND_NS / RATE_HZ), flat(FRAME), 0)
    slewed, at = lane.slewed, lane.head
    for number in range(1000):
        lane.lay(ns_of(at + number * FRAME), flat(FRAME), 1)
    assert abs(lane.slewed - slewed) <= ONE_MS // 2


def test_slewed_sound_has_no_click() -> None:
    lane = Lane()
    for number in range(500):
        lane.lay(round(number * FRAME * 1.004 * SECOND_NS / RATE_HZ), tone(FRAME, number * FRAME), 0)
    sound = lane.read(0, lane.head)[:, 0]
    assert np.abs(np.diff(sound)).max() <= 0.5 * 2 * np.pi * 440 / RATE_HZ * 1.05


def test_silence_fills_up_to_a_position() -> None:
    lane = Lane()
    laid(lane, 1)
    assert lane.fill(5000) == Span(FRAME, 5000)
    assert lane.fill(5000) is None
    assert lane.fill(10) is None
    assert lane.holes == 5000 - FRAME


@pytest.mark.parametrize("error", [-600, -400, -1, 1, 400, 700])
@pytest.mark.parametrize("epoch", [0, 1])
def test_sound_after_a_fill_lies_where_its_stamp_says(error: int, epoch: int) -> None:
    """Silence that ends a little beside the sound that comes again is no drift of its stamps."""
    lane = Lane()
    laid(lane, 10)
    lane.fill(20 * FRAME - error)
    for number in range(20, 120):
        start = number * FRAME
        span = lane.lay(ns_of(start), tone(FRAME, start), epoch)
        assert span == Span(max(start, 20 * FRAME - error), start + FRAME, max(0, error) * (number == 20))
    assert lane.slewed == 0
    assert np.array_equal(lane.read(21 * FRAME, 98 * FRAME), tone(98 * FRAME, 21 * FRAME))


def test_sound_that_follows_pieces_that_came_twice_lies_where_its_stamp_says() -> None:
    lane = Lane()
    laid(lane, 10)
    assert lane.lay(ns_of(8 * FRAME + 300), tone(FRAME), 0) is None
    assert lane.lay(ns_of(9 * FRAME + 300), tone(FRAME), 0) == Span(10 * FRAME, 10 * FRAME + 300)
    assert lane.lay(ns_of(10 * FRAME + 300), tone(FRAME), 0) == Span(10 * FRAME + 300, 11 * FRAME + 300)


def test_what_was_never_laid_reads_as_silence() -> None:
    lane = Lane()
    assert lane.read(-100, 200).shape == (200, 2)
    laid(lane, 2)
    sound = lane.read(-10, 2 * FRAME + 20)
    assert not sound[:10].any()
    assert not sound[-10:].any()
    assert np.array_equal(sound[10:-10], tone(2 * FRAME))


def test_a_read_is_a_copy() -> None:
    lane = Lane()
    laid(lane, 1)
    lane.read(0, FRAME)[:] = 9
    assert lane.read(0, FRAME).max() < 1


@given(st.lists(st.tuples(st.integers(-3000, 6000), st.integers(1, 3000)), max_size=60), st.data())
@settings(max_examples=60, deadline=None)
def test_the_lane_has_no_gap_and_no_overlap(pieces: list[tuple[int, int]], data: st.DataObject) -> None:
    lane = Lane()
    spans: list[Span] = []
    for error, width in pieces:
        before = lane.head
        span = lane.lay(ns_of(lane.head + error), flat(width), len(spans) // 7)
        if span is None:
            assert lane.head == before
            continue
        assert span.start - span.hole == before
        assert span.end == lane.head
        assert abs(span.hole - max(0, error)) <= HOLE
        assert span.end - span.start <= width + width * SLEW_PER_MILLE // 1000 + 1
        spans.append(span)
    whole = lane.read(0, lane.head)
    at = data.draw(st.integers(0, lane.head), label="at")
    length = data.draw(st.integers(0, 2000), label="length")
    expected = whole[at : at + length]
    assert np.array_equal(lane.read(at, length)[: len(expected)], expected)
    lane.forget(at)
    assert lane.tail == at
    assert np.array_equal(lane.read(at, length)[: len(expected)], expected)


def test_what_is_forgotten_takes_no_memory() -> None:
    lane = Lane()
    laid(lane, 100)
    assert lane.held_bytes == 100 * FRAME * 8
    lane.forget(99 * FRAME + 1)
    assert lane.held_bytes == FRAME * 8
    lane.forget(50 * FRAME)
    assert lane.tail == 99 * FRAME + 1


def test_sound_too_short_to_stretch_stays() -> None:
    assert len(stretched(flat(1), 5)) == 1
    assert np.array_equal(stretched(tone(100), 100), tone(100))
    longer = stretched(tone(1000), 1004)
    assert longer.shape == (1004, 2)
    assert longer.dtype == np.float32
    assert longer[0, 0] == tone(1)[0, 0]
    assert longer[-1, 0] == tone(1000)[-1, 0]


def test_an_empty_piece_of_sound_is_nothing() -> None:
    lane = Lane()
    assert lane.lay(0, flat(0), 0) is None
    assert lane.head == 0


def test_an_error_too_small_to_notice_is_left_alone() -> None:
    lane = Lane()
    laid(lane, 1)
    for number in range(1, 2000):
        lane.lay(ns_of(number * FRAME + 15), flat(FRAME), 0)
    assert lane.slewed == 0
