import numpy as np
import pyebur128  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.fitting.loudness import loudness_lufs
from sts_service.fitting.trim import faded, trimmed

from fitting_table.voices import voice

RATE_HZ = 24_000


@pytest.mark.parametrize("silence_s", [0.0, 0.02, 0.3, 1.0])
@pytest.mark.parametrize("level", [0.5, 0.005])
def test_silence_around_speech_goes(silence_s: float, level: float) -> None:
    spoken = voice(1.0, level=level, silence_s=silence_s)
    noise = np.random.default_rng(1).standard_normal(len(spoken)) * 2e-4 * level
    rest = trimmed((spoken + noise).astype(np.float32), RATE_HZ)
    assert 0.99 <= len(rest) / RATE_HZ <= 1.015


def test_a_pause_between_words_stays() -> None:
    words = np.concatenate([voice(0.5), voice(0.5)])
    assert len(trimmed(words, RATE_HZ)) == pytest.approx(1.5 * RATE_HZ, abs=400)


def test_a_soft_beginning_stays() -> None:
    """A consonant 35 dB under the vowels."""
    noise = np.random.default_rng(1).standard_normal(2_400).astype(np.float32) * np.float32(0.0035)
    word = np.concatenate([np.zeros(5_000, np.float32), noise, voice(0.5, silence_s=0.0)])
    assert len(trimmed(word, RATE_HZ)) >= 2_400 + 12_000


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100, 10_000])
def test_edges_are_faded_and_the_rest_is_not_touched(count: int) -> None:
    sound = np.ones(count, np.float32)
    result = faded(sound, RATE_HZ)
    assert result.shape == sound.shape
    if count:
        assert result[0] == 0.0 == result[-1]
    assert (result[120:-120] == 1.0).all()
    assert (sound == 1.0).all()


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1, width=32), max_size=600))
def test_any_sound_is_trimmed_to_a_part_of_itself(values: list[float]) -> None:
    sound = np.array(values, np.float32)
    part = trimmed(sound, 8_000)
    assert len(part) <= len(sound)
    assert np.abs(part).max(initial=0.0) == (np.abs(sound).max(initial=0.0) if len(part) else 0.0)


def test_loudness_is_that_of_one_side() -> None:
    one = voice(2.0, 48_000)
    both = np.stack([one, one], axis=1)
    mono = loudness_lufs(one, 48_000)
    assert mono is not None
    assert loudness_lufs(both, 48_000) == pytest.approx(mono, abs=0.01)
    almost = both + np.float32(1e-6) * np.array([1, 0], np.float32)
    assert loudness_lufs(almost, 48_000) == pytest.approx(mono, abs=0.05)
    assert loudness_lufs(0.5 * one, 48_000) == pytest.approx(mono - 6.02, abs=0.05)


@pytest.mark.parametrize("width", [0.0, 0.05, 0.07, 0.1, 0.3, 1.0, 2.0])
def test_loudness_of_two_sides_is_what_a_voice_on_both_must_have(width: float) -> None:
    """From a voice in the middle, whose sides need not be measured one by one, to all difference."""
    middle, side = voice(3.0, 48_000), width * voice(3.0, 48_000)[::-1]
    both = np.stack([middle + side, middle - side], axis=1)
    meter = pyebur128.R128State(2, 48_000, pyebur128.MeasurementMode.MODE_I)
    meter.add_frames(np.ascontiguousarray(both).reshape(-1), len(both))
    of_two = float(pyebur128.get_loudness_global(meter))
    assert loudness_lufs(both, 48_000) == pytest.approx(of_two - 10 * np.log10(2), abs=0.05)
    assert loudness_lufs(np.asfortranarray(both), 48_000) == pytest.approx(
        of_two - 10 * np.log10(2), abs=0.05
    )
    assert loudness_lufs(middle[:, np.newaxis], 48_000) == loudness_lufs(middle, 48_000)


def test_a_word_shorter_than_a_block_has_a_loudness_and_silence_has_none() -> None:
    word = voice(0.1, 48_000, silence_s=0.0)
    assert loudness_lufs(word, 48_000) == pytest.approx(loudness_lufs(np.tile(word, 20), 48_000), abs=0.5)
    assert loudness_lufs(np.zeros(48_000, np.float32), 48_000) is None
    assert loudness_lufs(np.zeros(0, np.float32), 48_000) is None
