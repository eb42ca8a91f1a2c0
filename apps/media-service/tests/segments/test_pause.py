import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.segment.cutter import Cut
from media_service.segment.pause import PauseCutter

UNIT = 1024
SECOND = 48_000
MINIMUM = 2 * SECOND
MAXIMUM = 6 * SECOND
PAUSE = SECOND * 35 // 100

Heard = tuple[float | None, float | None]
"""Speech, level."""
VOICE: Heard = (0.9, -20.0)
QUIET: Heard = (0.05, -60.0)


def cutter() -> PauseCutter:
    return PauseCutter(minimum=MINIMUM, maximum=MAXIMUM)


def units(*spans: tuple[float, Heard], start: int = 0) -> list[tuple[int, int, Heard]]:
    """Spans of seconds, in whole units."""
    made = []
    for seconds, heard in spans:
        for _ in range(round(seconds * SECOND / UNIT)):
            made.append((start, start + UNIT, heard))
            start += UNIT
    return made


def cut_all(cutter: PauseCutter, heard: list[tuple[int, int, Heard]]) -> list[Cut]:
    made = [cutter.unit(start, end, *what) for start, end, what in heard]
    return [cut for cut in (*made, cutter.close()) if cut is not None]


def quiet_around(heard: list[tuple[int, int, Heard]], at: int) -> tuple[int, int]:
    """How much silence lies before and after."""
    before = after = 0
    for start, _end, what in reversed(heard):
        if start < at:
            if what == VOICE:
                break
            before += UNIT
    for start, _, what in heard:
        if start >= at:
            if what == VOICE:
                break
            after += UNIT
    return before, after


def test_a_pause_after_the_minimum_is_cut_in_its_middle() -> None:
    heard = units((3, VOICE), (0.5, QUIET), (2, VOICE))
    first, *_ = cut_all(cutter(), heard)
    before, after = quiet_around(heard, first.end)
    assert before >= PAUSE // 2 - UNIT
    assert after >= PAUSE // 2 - UNIT


def test_a_pause_is_cut_as_soon_as_it_is_long_enough() -> None:
    pauses = cutter()
    for start, end, what in units((3, VOICE), (3, QUIET)):
        cut = pauses.unit(start, end, *what)
        if cut is not None:
            assert PAUSE <= end - 3 * SECOND < PAUSE + 2 * UNIT
            return
    pytest.fail("no cut")


def test_a_shorter_pause_is_none() -> None:
    heard = units((3, VOICE), (0.32, QUIET), (1, VOICE), (0.5, QUIET), (1, VOICE))
    first, *_ = cut_all(cutter(), heard)
    assert first.end > 4.3 * SECOND


def test_a_pause_before_the_minimum_is_not_cut() -> None:
    heard = units((1, VOICE), (0.8, QUIET), (1.5, VOICE), (0.5, QUIET), (1, VOICE))
    first, *_ = cut_all(cutter(), heard)
    assert first.end > 3 * SECOND


def test_a_pause_across_the_minimum_is_cut_after_it() -> None:
    heard = units((1.7, VOICE), (1, QUIET), (2, VOICE))
    first, *_ = cut_all(cutter(), heard)
    assert MINIMUM <= first.end < MINIMUM + 2 * UNIT


def test_a_pause_that_ends_with_the_minimum_is_not_cut_at_its_edge() -> None:
    heard = units((1.5, VOICE), (0.6, QUIET), (1, VOICE), (0.5, QUIET), (1, VOICE))
    first, *_ = cut_all(cutter(), heard)
    assert first.end > 3 * SECOND


def test_speech_that_is_carried_on_is_no_pause_of_the_next_slot() -> None:
    breath: Heard = (0.6, -45.0)
    heard = units(
        (2.2, VOICE), (0.1, breath), (3.712, VOICE), (0.1, QUIET), (1, VOICE), (0.5, QUIET), (1, VOICE)
    )
    first, second, *_ = cut_all(cutter(), heard)
    assert 2.1 * SECOND < first.end < 2.4 * SECOND
    assert second.end > 6 * SECOND


def test_without_a_pause_the_quietest_point_is_found_and_the_rest_carried_on() -> None:
    breath: Heard = (0.6, -45.0)
    heard = units((4, VOICE), (0.1, breath), (3, VOICE), (0.5, QUIET), (1, VOICE))
    cuts = cut_all(cutter(), heard)
    assert 4 * SECOND <= cuts[0].end <= 4.2 * SECOND
    assert cuts[1].start == cuts[0].end
    assert 7.1 * SECOND < cuts[1].end < 7.6 * SECOND


def test_a_short_silence_is_better_than_quiet_speech() -> None:
    whisper: Heard = (0.9, -70.0)
    heard = units((3, VOICE), (0.2, QUIET), (0.5, VOICE), (0.2, whisper), (4, VOICE))
    first, *_ = cut_all(cutter(), heard)
    assert 3 * SECOND <= first.end <= 3.25 * SECOND


def test_sound_without_any_measure_is_cut_at_the_maximum() -> None:
    heard = units((14, (None, None)))
    first, second, rest = cut_all(cutter(), heard)
    assert MAXIMUM - UNIT < first.end <= MAXIMUM
    assert MAXIMUM - UNIT < second.end - second.start <= MAXIMUM
    assert rest.end == heard[-1][1]


def test_level_alone_decides_where_no_voice_is_measured() -> None:
    heard = units((3, (None, -20.0)), (0.1, (None, -50.0)), (5, (None, -20.0)))
    first, *_ = cut_all(cutter(), heard)
    assert 3 * SECOND <= first.end <= 3.15 * SECOND


def test_a_level_that_is_no_number_is_loud() -> None:
    heard = units((3, (0.9, float("nan"))), (0.1, (0.9, -30.0)), (5, (0.9, float("nan"))))
    first, *_ = cut_all(cutter(), heard)
    assert 3 * SECOND <= first.end <= 3.15 * SECOND


def test_silence_is_cut_at_the_minimum_again_and_again() -> None:
    cuts = cut_all(cutter(), units((20, QUIET)))
    assert all(MINIMUM <= cut.end - cut.start < MINIMUM + 2 * UNIT for cut in cuts[:-1])


def test_a_closed_epoch_leaves_nothing_behind() -> None:
    pauses = cutter()
    assert pauses.close() is None
    pauses.unit(0, UNIT, *QUIET)
    assert pauses.close() == Cut(0, UNIT)
    assert pauses.close() is None
    cuts = cut_all(pauses, units((3, QUIET), start=10**9))
    assert cuts[0].start == 10**9
    assert cuts[0].end >= 10**9 + MINIMUM


def test_a_unit_wider_than_the_maximum_is_a_slot() -> None:
    pauses = PauseCutter(minimum=100, maximum=200, pause=50)
    assert pauses.unit(0, 500, 0.9, -20) == Cut(0, 500)
    assert pauses.unit(500, 560, 0.9, -20) is None
    assert pauses.unit(560, 900, 0.9, -20) == Cut(500, 900)


@pytest.mark.parametrize(("start", "end"), [(UNIT - 1, 3000), (UNIT + 1, 3000), (UNIT, UNIT)])
def test_a_unit_that_does_not_follow_is_a_fault(start: int, end: int) -> None:
    pauses = cutter()
    pauses.unit(0, UNIT)
    with pytest.raises(ValueError, match="does not follow"):
        pauses.unit(start, end)


@pytest.mark.parametrize(("minimum", "maximum", "pause"), [(0, 1, 1), (2, 1, 1), (1, 1, 0)])
def test_lengths_make_sense(minimum: int, maximum: int, pause: int) -> None:
    with pytest.raises(ValueError):
        PauseCutter(minimum=minimum, maximum=maximum, pause=pause)


spans = st.lists(
    st.tuples(st.floats(0.05, 8), st.tuples(st.sampled_from([0.0, 0.2, 0.5, 1.0]), st.floats(-100, 0))),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(spans, st.integers(-(10**12), 10**12))
def test_slots_tile_between_minimum_and_maximum(spans: list[tuple[float, Heard]], start: int) -> None:
    heard = units(*spans, start=start)
    if not heard:
        return
    cuts = cut_all(cutter(), heard)
    assert cuts[0].start == start
    assert cuts[-1].end == heard[-1][1]
    assert all(one.end == two.start for one, two in itertools.pairwise(cuts))
    for cut in cuts[:-1]:
        assert MINIMUM <= cut.end - cut.start <= MAXIMUM + UNIT
    assert 0 < cuts[-1].end - cuts[-1].start <= MAXIMUM + UNIT


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.05, 5), st.floats(0.05, 1.5)), min_size=1, max_size=10))
def test_speech_is_never_cut_where_a_pause_was_to_be_had(turns: list[tuple[float, float]]) -> None:
    heard = units(*(part for voice, quiet in turns for part in ((voice, VOICE), (quiet, QUIET))))
    if not heard:
        return
    for cut in cut_all(cutter(), heard)[:-1]:
        before, after = quiet_around(heard, cut.end)
        if before and after:
            continue
        assert not _a_pause_between(heard, cut.start + MINIMUM, min(cut.start + MAXIMUM, cut.end))


def _a_pause_between(heard: list[tuple[int, int, Heard]], earliest: int, latest: int) -> bool:
    long = 0
    for start, end, what in heard:
        if start >= earliest and end <= latest:
            long = long + end - start if what == QUIET else 0
            if long >= PAUSE:
                return True
    return False
