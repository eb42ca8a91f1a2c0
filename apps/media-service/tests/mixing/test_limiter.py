"""The true peak, as libebur128 measures it, stays under the ceiling; what is under it stays as it was."""

from collections.abc import Callable

import numpy as np
import pytest
from fragment_audio.limiter import LOUDEST, MARGIN_DB, RELEASE_DB_PER_S, Limiter, limited
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.timeline.units import RATE_HZ, Sound

from mixing.signals import MS, SECOND, noise, stereo, tone, true_peak_dbtp

LENGTH = SECOND
CEILING_DBTP = -1.5
TIME_S = np.arange(LENGTH) / RATE_HZ


def square(hertz: float, level: float) -> Sound:
    return stereo(level * np.sign(np.sin(2 * np.pi * hertz * TIME_S + 0.1)))


def clicks() -> Sound:
    sound = np.zeros(LENGTH)
    sound[::4801], sound[1::4801] = 1.9, -1.9
    return stereo(sound)


def burst() -> Sound:
    sound = noise(LENGTH, 0.05)
    sound[20_000:20_300] = noise(300, 2.0, seed=2)
    return sound


ADVERSARIES: dict[str, Callable[[], Sound]] = {
    "a quarter of the rate, 45 degrees": lambda: tone(LENGTH, RATE_HZ / 4, 1.9, np.pi / 4),
    "a low square": lambda: square(100, 1.5),
    "a high square": lambda: square(11_000, 1.4),
    "clicks": clicks,
    "white noise": lambda: noise(LENGTH, 2.0),
    "a burst": burst,
    "random signs": lambda: np.sign(noise(LENGTH, 1.0)),
    "a sweep": lambda: stereo(1.5 * np.sin(2 * np.pi * (20 * TIME_S + 11_490 * TIME_S**2))),
    "a keyed tone": lambda: tone(LENGTH, 11_999, 1.8) * (square(37, 1.0) > 0),
}


@pytest.mark.parametrize("signal", ADVERSARIES)
@pytest.mark.parametrize("ceiling_dbtp", [CEILING_DBTP, -1.0, -9.0])
def test_the_true_peak_stays_under_the_ceiling(signal: str, ceiling_dbtp: float) -> None:
    sound = ADVERSARIES[signal]()
    assert true_peak_dbtp(sound) > 0.0
    assert true_peak_dbtp(limited(sound, ceiling_dbtp)) <= ceiling_dbtp - MARGIN_DB + 0.02


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-6, 12), st.integers(1, 400))
def test_it_does_so_for_noise_that_comes_and_goes(seed: int, level_db: float, width: int) -> None:
    random = np.random.default_rng(seed)
    envelope = np.repeat(random.random(-(-9600 // width)), width)[:9600, np.newaxis]
    sound = (noise(9600, 10 ** (level_db / 20), seed) * envelope).astype(np.float32)
    assert true_peak_dbtp(limited(sound, CEILING_DBTP)) <= CEILING_DBTP


def test_what_is_under_the_ceiling_goes_through_bit_by_bit() -> None:
    sound = tone(LENGTH, 440, 0.82)
    limiter = Limiter(CEILING_DBTP)
    assert not limiter.passes(sound)
    result = np.concatenate((limiter.process(sound), limiter.flush()))[limiter.lag :]
    assert np.array_equal(result, sound)


def test_the_gain_is_back_after_a_peak() -> None:
    sound = tone(LENGTH, 440, 0.5)
    sound[10_000:10_100] *= 4
    result = limited(sound, CEILING_DBTP)
    assert np.array_equal(result[: 10_000 - 5 * MS], sound[: 10_000 - 5 * MS])
    later = slice(10_100 + 100 * MS, 10_100 + 102 * MS)
    gain_db = 20 * np.log10(np.abs(result[later]).max() / np.abs(sound[later]).max())
    peak_db = 20 * np.log10(np.abs(sound).max())
    assert gain_db == pytest.approx(CEILING_DBTP - peak_db + RELEASE_DB_PER_S * 0.1, abs=0.4)
    assert np.array_equal(result[10_100 + 250 * MS :], sound[10_100 + 250 * MS :])


def test_both_channels_get_the_same_gain() -> None:
    sound = tone(LENGTH, 440, 0.3)
    sound[:, 0] *= 5
    result = limited(sound, CEILING_DBTP)
    np.testing.assert_allclose(result[:, 0], 5 * result[:, 1], atol=1e-6)
    assert true_peak_dbtp(result) <= CEILING_DBTP


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e38])
def test_a_broken_number_is_not_passed_on_and_is_soon_over(bad: float) -> None:
    sound = tone(LENGTH, 440, 0.5)
    sound[10_000] = bad
    result = limited(sound, CEILING_DBTP)
    assert np.isfinite(result).all()
    assert true_peak_dbtp(result) <= CEILING_DBTP
    after = 10_000 + round(RATE_HZ * 20 * np.log10(LOUDEST / 0.8) / RELEASE_DB_PER_S)
    assert np.array_equal(result[after:], sound[after:])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([0, 1, 5, 95, 96, 97, 480, 1023, 1920, 5000]), min_size=1, max_size=6).filter(
        any
    ),
    st.integers(0, 100),
)
def test_the_result_does_not_depend_on_the_pieces(sizes: list[int], seed: int) -> None:
    envelope = np.repeat(np.random.default_rng(seed).random(20) ** 2, 960)[:, np.newaxis]
    sound = (noise(19_200, 1.5, seed) * envelope).astype(np.float32)
    limiter = Limiter(CEILING_DBTP)
    pieces, at, turn = [], 0, 0
    while at < len(sound):
        size = sizes[turn % len(sizes)]
        pieces.append(limiter.process(sound[at : at + size]))
        at, turn = at + size, turn + 1
    result = np.concatenate([*pieces, limiter.flush()])[limiter.lag :]
    assert np.array_equal(result, limited(sound, CEILING_DBTP))


def test_the_sound_given_is_not_written_to() -> None:
    sound = noise(LENGTH, 2.0)
    before = sound.copy()
    limited(sound, CEILING_DBTP)
    assert np.array_equal(sound, before)
