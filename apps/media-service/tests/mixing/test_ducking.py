"""The bed under the dub. A silent dub over a constant original shows its gain."""

import numpy as np
import numpy.typing as npt
import pytest
from media_service.mix import Mixer, MixSettings, Part, Play

from mixing.signals import MS, SECOND, constant, dubbed, heard, original_part

LOWERED = 10 ** (-18 / 20)
LEVEL = 0.5
ATTACK = 80 * MS
RELEASE = 400 * MS
LONG = 3 * SECOND
TOLERANCE = 1e-5

settings = MixSettings(mode="duck")


def silent_dub(start: int, *speech: tuple[int, int]) -> Part:
    return dubbed(start, constant(0.0, LONG), *speech)


def gain(*parts: Part, settings: MixSettings = settings) -> npt.NDArray[np.float32]:
    """That is heard of the original, each sample."""
    original = constant(LEVEL, parts[-1].end - parts[0].start)
    sound = heard(Mixer(settings), original, parts)
    return np.asarray(sound[:, 0] / LEVEL, np.float32)


def test_the_original_is_lowered_by_duck_db_while_somebody_speaks() -> None:
    heard_gain = gain(silent_dub(0, (SECOND, 2 * SECOND)))
    np.testing.assert_allclose(heard_gain[SECOND : 2 * SECOND], LOWERED, atol=TOLERANCE)


def test_the_attack_is_over_when_the_first_syllable_begins() -> None:
    heard_gain = gain(silent_dub(0, (SECOND, 2 * SECOND)))
    np.testing.assert_allclose(heard_gain[: SECOND - ATTACK + 1], 1.0)
    assert heard_gain[SECOND - ATTACK // 2] == pytest.approx((1 + LOWERED) / 2, abs=TOLERANCE)


def test_the_release_takes_400_ms_from_the_end_of_the_speech() -> None:
    heard_gain = gain(silent_dub(0, (SECOND, 2 * SECOND)))
    assert heard_gain[2 * SECOND + RELEASE // 2] == pytest.approx((1 + LOWERED) / 2, abs=TOLERANCE)
    assert heard_gain[2 * SECOND + RELEASE - 100] < 1.0
    np.testing.assert_allclose(heard_gain[2 * SECOND + RELEASE :], 1.0)


def test_speech_at_the_start_of_a_part_is_ducked_from_there() -> None:
    heard_gain = gain(
        original_part(0, SECOND),
        Part(SECOND, SECOND + LONG, Play.DUB, constant(0, LONG), ((SECOND, 3 * SECOND),)),
    )
    np.testing.assert_allclose(heard_gain[: SECOND + 1], 1.0)
    np.testing.assert_allclose(heard_gain[SECOND + ATTACK : 3 * SECOND], LOWERED, atol=TOLERANCE)


@pytest.mark.parametrize("gap_ms", [50, 299])
def test_a_short_gap_does_not_bring_the_original_up(gap_ms: int) -> None:
    again = SECOND + gap_ms * MS
    heard_gain = gain(silent_dub(0, (SECOND // 2, SECOND), (again, 2 * SECOND)))
    np.testing.assert_allclose(heard_gain[SECOND // 2 : 2 * SECOND], LOWERED, atol=TOLERANCE)


def test_a_longer_gap_does() -> None:
    again = SECOND + 320 * MS
    heard_gain = gain(silent_dub(0, (SECOND // 2, SECOND), (again, 2 * SECOND)))
    assert heard_gain[SECOND:again].max() > 0.5
    assert heard_gain[again] == pytest.approx(LOWERED, abs=TOLERANCE)


def test_a_short_gap_across_the_edge_of_two_dubs_does_not_either() -> None:
    first = silent_dub(0, (SECOND, LONG - 150 * MS))
    second = silent_dub(LONG, (LONG + 100 * MS, LONG + SECOND))
    heard_gain = gain(first, second)
    np.testing.assert_allclose(heard_gain[SECOND : LONG + SECOND], LOWERED, atol=TOLERANCE)


def test_speech_that_ends_with_its_part_is_released_in_the_next_dub() -> None:
    heard_gain = gain(silent_dub(0, (SECOND, LONG)), silent_dub(LONG))
    np.testing.assert_allclose(heard_gain[SECOND : LONG + 1], LOWERED, atol=TOLERANCE)
    assert heard_gain[LONG + RELEASE // 2] == pytest.approx((1 + LOWERED) / 2, abs=TOLERANCE)
    np.testing.assert_allclose(heard_gain[LONG + RELEASE :], 1.0)


def test_a_release_that_an_edge_cuts_goes_on_behind_it() -> None:
    end = LONG - 310 * MS
    heard_gain = gain(silent_dub(0, (SECOND, end)), silent_dub(LONG))
    ramp = heard_gain[end : end + RELEASE]
    np.testing.assert_allclose(np.diff(ramp.astype(np.float64)), (1 - LOWERED) / RELEASE, atol=1e-6)


def test_speech_that_starts_during_a_release_is_ducked_from_there() -> None:
    first = silent_dub(0, (SECOND, LONG - 310 * MS))
    heard_gain = gain(first, silent_dub(LONG, (LONG, LONG + SECOND)))
    assert heard_gain[LONG] > 0.6
    np.testing.assert_allclose(heard_gain[LONG + ATTACK : LONG + SECOND], LOWERED, atol=TOLERANCE)


def test_a_part_that_plays_the_original_has_it_in_full_from_its_first_sample() -> None:
    heard_gain = gain(silent_dub(0, (SECOND, LONG)), original_part(LONG, SECOND))
    np.testing.assert_allclose(heard_gain[SECOND : LONG - 10 * MS + 1], LOWERED, atol=TOLERANCE)
    np.testing.assert_allclose(heard_gain[LONG:], 1.0)


def test_speech_beyond_its_part_is_cut_and_overlaps_are_joined() -> None:
    spans = ((-100, SECOND), (SECOND // 2, 2 * SECOND), (SECOND, SECOND), (2 * SECOND, 9 * SECOND))
    heard_gain = gain(silent_dub(0, *spans))
    np.testing.assert_allclose(heard_gain[ATTACK:], LOWERED, atol=TOLERANCE)


def test_the_dub_is_heard_over_the_bed_at_its_own_level() -> None:
    part = dubbed(0, constant(0.1, LONG), (0, LONG))
    sound = heard(Mixer(settings), constant(LEVEL, LONG), [part])
    np.testing.assert_allclose(sound[ATTACK:], 0.1 + LEVEL * LOWERED, atol=TOLERANCE)


def test_muted_the_bed_alone_is_heard_lowered_as_before() -> None:
    part = dubbed(0, constant(0.1, LONG), (SECOND, LONG))
    sound = heard(Mixer(settings), constant(LEVEL, LONG), [part], operators=[(0, "mute")])
    np.testing.assert_allclose(sound[: SECOND - ATTACK], LEVEL, atol=TOLERANCE)
    np.testing.assert_allclose(sound[SECOND:], LEVEL * LOWERED, atol=TOLERANCE)


def test_by_the_operators_choice_the_original_is_not_lowered() -> None:
    part = dubbed(0, constant(0.1, LONG), (0, LONG))
    sound = heard(Mixer(settings), constant(LEVEL, LONG), [part], operators=[(SECOND, "original")])
    np.testing.assert_allclose(sound[SECOND + 10 * MS :], LEVEL)


def test_ducking_by_nothing_leaves_the_original_alone() -> None:
    heard_gain = gain(silent_dub(0, (SECOND, 2 * SECOND)), settings=MixSettings(mode="duck", duck_db=0.0))
    np.testing.assert_allclose(heard_gain, 1.0)
