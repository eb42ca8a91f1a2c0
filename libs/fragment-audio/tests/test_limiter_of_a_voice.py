"""One channel, other rates; what the limiter promises of a stream is tested where streams are mixed."""

import numpy as np
import pytest
from coded_sound.signals import speechlike
from fragment_audio.limiter import limited
from fragment_audio.resample import resampled
from fragment_audio.samples import Samples


def loud(rate_hz: int, channels: int) -> Samples:
    sound = speechlike(1, rate_hz, channels=channels) * np.float32(4)
    sound[: rate_hz // 2] *= np.float32(0.2)
    return sound


def true_peak(sound: Samples, rate_hz: int) -> float:
    return float(np.abs(resampled(sound, rate_hz, 8 * rate_hz)).max())


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_true_peak_stays_under_the_ceiling(rate_hz: int, channels: int) -> None:
    sound = loud(rate_hz, channels)
    assert true_peak(sound, rate_hz) > 1.0
    result = limited(sound, -1.0, rate_hz=rate_hz)
    assert result.shape == sound.shape
    assert true_peak(result, rate_hz) <= 10 ** (-1 / 20) + 0.005
    quiet = slice(0, rate_hz // 2 - 200)
    assert np.abs(result[quiet] - sound[quiet]).max() < 1e-6


@pytest.mark.parametrize("length", [0, 1, 50, 500])
def test_a_few_samples_are_limited_too(length: int) -> None:
    sound = np.full((length, 1), 1.5, np.float32)
    result = limited(sound, -1.0, rate_hz=24_000)
    assert result.shape == sound.shape
    assert np.abs(result).max(initial=0.0) <= 10 ** (-1 / 20)


def test_what_is_quiet_is_the_same_sound() -> None:
    sound = np.full((5_000, 1), 0.1, np.float32)
    assert limited(sound, -1.0, rate_hz=24_000) is sound


def test_a_broken_decoder_s_sound_is_bounded() -> None:
    sound = np.full((5_000, 1), 0.1, np.float32)
    sound[1_000] = np.nan
    sound[2_000] = 1e9
    result = limited(sound, -1.0, rate_hz=24_000)
    assert np.isfinite(result).all()
    assert np.abs(result).max() <= 1.0
