"""A dub is told from the original beneath it, and the original's lag from its picture is measured."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from livedub.demo.hearing import compare, lag, strangeness, voiced
from livedub.demo.script import SENTENCES
from livedub.demo.voice import say

from demo_checks.recordings import RATE_HZ, babble, recording

ORIGINAL = babble(8, seed=1)
OTHER = babble(8, seed=2)
DUCKED = np.float32(10 ** (-18 / 20))


@given(late=st.integers(-20_000, 20_000))
@settings(max_examples=25, deadline=None)
def test_the_originals_lag_is_found_to_the_sample_beneath_a_dub(late: int) -> None:
    beneath = np.roll(ORIGINAL * DUCKED, late)
    assert lag(ORIGINAL, beneath + OTHER) == late


@pytest.mark.parametrize("late_ms", [0.0, 120.0, -35.0])
@pytest.mark.parametrize("behind_s", [0.0, 9.0])
def test_sound_that_left_its_picture_is_seen_whatever_the_recordings_clocks(
    late_ms: float, behind_s: float
) -> None:
    dubbed = recording(
        ORIGINAL * DUCKED + OTHER, first_number=0, first_s=5 + behind_s, sound_s=late_ms / 1000
    )
    found = compare(recording(ORIGINAL, first_s=5.0), dubbed)
    assert found is not None
    assert found.sound_late_ms == pytest.approx(late_ms, abs=0.1)
    assert found.frames == 200


def test_only_the_part_that_both_have_is_compared() -> None:
    later = recording((ORIGINAL * DUCKED + OTHER)[2 * RATE_HZ :], first_number=50, first_s=30.0)
    found = compare(recording(ORIGINAL), later)
    assert found is not None
    assert found.frames == 150
    assert found.sound_late_ms == pytest.approx(0, abs=0.1)


@given(level=st.floats(0.25, 2.0))
@settings(max_examples=10, deadline=None)
def test_the_original_alone_is_no_dub_however_loud(level: float) -> None:
    noise = np.random.default_rng(5).standard_normal(len(ORIGINAL)).astype(np.float32) * 0.002
    found = compare(recording(ORIGINAL), recording(ORIGINAL * np.float32(level) + noise))
    assert found is not None
    assert found.heard_s > 4
    assert found.dub_s <= 0.1


def test_the_original_alone_is_no_dub_when_it_is_late_either() -> None:
    found = compare(recording(ORIGINAL), recording(ORIGINAL, sound_s=0.1))
    assert found is not None
    assert found.sound_late_ms == pytest.approx(100, abs=0.1)
    assert found.dub_s <= 0.2


def test_a_dub_counts_where_it_is_and_nowhere_else() -> None:
    half = len(ORIGINAL) // 2
    mixed = ORIGINAL.copy()
    mixed[:half] = ORIGINAL[:half] * DUCKED + OTHER[:half]
    shares, levels = strangeness(ORIGINAL, mixed)
    loud = levels > -30  # the ducked original alone is quieter
    middle = len(shares) // 2
    assert (shares[:middle][loud[:middle]] > 0.5).mean() > 0.9
    assert (shares[middle:][loud[middle:]] > 0.5).mean() < 0.05


def test_silence_is_no_dub() -> None:
    found = compare(recording(ORIGINAL), recording(np.zeros_like(ORIGINAL)))
    assert found is not None
    assert (found.dub_s, found.heard_s, found.voice_share) == (0, 0, 0)


def test_a_voice_is_told_from_noise() -> None:
    spoken = say(SENTENCES[0])
    chosen = np.ones(len(spoken) * 20 // RATE_HZ, bool)
    assert voiced(spoken, chosen) > 0.8
    hiss = np.random.default_rng(1).standard_normal(len(spoken)).astype(np.float32) * 0.1
    assert voiced(hiss, chosen) < 0.2


def test_nothing_in_common_is_nothing_to_compare() -> None:
    assert compare(recording(ORIGINAL), recording(ORIGINAL, first_number=9000)) is None
    short = ORIGINAL[: RATE_HZ // 2]
    assert compare(recording(ORIGINAL), recording(short)) is None
