from itertools import pairwise

import numpy as np
import pytest
from coded_sound.signals import late_by, speechlike
from fragment_audio.format import FRAGMENT_RATES_HZ
from fragment_audio.resample import Resampler, frame_of, resampled

RATES_HZ = sorted(FRAGMENT_RATES_HZ)


@pytest.mark.parametrize(("from_hz", "to_hz"), [*pairwise(RATES_HZ), *pairwise(reversed(RATES_HZ))])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_stays_in_place_at_another_rate(from_hz: int, to_hz: int, channels: int) -> None:
    sound = resampled(speechlike(2, from_hz, channels=channels), from_hz, to_hz)
    wanted = speechlike(2, to_hz, channels=channels)
    assert sound.dtype == np.float32
    assert sound.shape[1] == channels
    assert abs(len(sound) - len(wanted)) <= 1
    assert abs(late_by(wanted, sound)) < 0.05
    assert np.abs(sound[500:-500] - wanted[500 : len(sound) - 500]).max() < 0.02


def test_the_last_samples_are_there() -> None:
    sound = resampled(np.full((22_050, 1), 0.5, np.float32), 22_050, 48_000)
    assert np.abs(sound - 0.5).max() < 0.01


def test_the_same_rate_and_nothing_are_left_as_they_are() -> None:
    sound = speechlike(0.1, 48_000)
    assert resampled(sound, 48_000, 48_000) is sound
    assert len(resampled(sound[:0], 48_000, 16_000)) == 0


def test_what_is_held_back_is_told_as_lag() -> None:
    resampler = Resampler(48_000, 1, to_hz=16_000)
    given = len(resampler.push(frame_of(speechlike(0.1, 48_000, channels=1), 48_000)))
    assert 0 < given < 1600
    assert resampler.lag_ns == pytest.approx((1600 - given) * 1e9 / 16_000, abs=1)
