from pathlib import Path

import numpy as np
import pytest
from coded_sound.program import decoded_by_ffmpeg
from coded_sound.signals import late_by, speechlike
from dubbing_protocol import audio_bytes
from dubbing_protocol.model import SampleRate
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.audio import read, write

from audio_io.fragments import RATES_HZ, Format, fragment


@pytest.mark.parametrize("format", ["m4a", "pcm_s16le"])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("binary", [True, False])
def test_a_dub_goes_out_as_its_fragment_came(
    format: Format, rate_hz: SampleRate, channels: int, binary: bool
) -> None:
    source = np.zeros((100, channels), np.float32)
    like = fragment(source, format="pcm_s16le", rate_hz=rate_hz, binary=binary)
    like = like.model_copy(update={"format": format})
    voice = speechlike(1.113, rate_hz, channels=1)
    audio = write(voice[:, 0], like, len(voice))
    assert (audio.format, audio.sample_rate_hz, audio.channels) == (format, rate_hz, channels)
    assert (audio.samples, audio.duration_ms) == (len(voice), 1113)
    assert (audio.data is not None) is binary
    heard = read(audio).samples
    assert heard.shape == (len(voice), channels)
    assert abs(late_by(voice, heard)) < 0.05
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.1, rel=0.05)
    assert np.array_equal(heard[:, 0], heard[:, -1])


@pytest.mark.parametrize("seconds", [0.1, 30.0])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_shortest_and_a_long_dub_have_their_length(
    seconds: float, rate_hz: SampleRate, tmp_path: Path
) -> None:
    like = fragment(np.zeros((100, 2), np.float32), format="m4a", rate_hz=rate_hz)
    length = round(seconds * rate_hz)
    audio = write(np.zeros(length, np.float32), like, length)
    assert read(audio).length == length
    assert length <= len(decoded_by_ffmpeg(audio_bytes(audio), 2, tmp_path)) < length + 1024


@pytest.mark.parametrize("format", ["m4a", "pcm_s16le"])
@pytest.mark.parametrize("length", [4_000, 4_800, 6_000])
def test_a_dub_is_cut_or_filled_to_its_slot(format: Format, length: int) -> None:
    like = fragment(np.zeros((4_800, 1), np.float32), format=format, rate_hz=48_000)
    heard = read(write(np.full(4_800, 0.25, np.float32), like, length)).samples
    assert len(heard) == length
    assert np.abs(heard[1_000:3_000] - 0.25).max() < 0.02
    assert np.abs(heard[4_800 + 2_048 :]).max(initial=0) < 0.01


def test_pcm_goes_in_and_out_bit_by_bit() -> None:
    every_value = np.arange(-32768, 32768, dtype=np.int16)
    sound = (every_value / 32768).astype(np.float32)[:, np.newaxis]
    came = fragment(sound, format="pcm_s16le", rate_hz=24_000)
    assert audio_bytes(came) == every_value.tobytes()
    went = write(read(came).samples[:, 0], came, len(sound))
    assert audio_bytes(went) == audio_bytes(came)


def test_what_is_over_full_scale_is_clipped_and_not_folded() -> None:
    like = fragment(np.zeros((100, 1), np.float32), format="pcm_s16le", rate_hz=48_000)
    heard = read(write(np.array([2.0, 1.0, -1.0, -2.0], np.float32), like, 4)).samples[:, 0]
    assert heard == pytest.approx([1.0, 1.0, -1.0, -1.0], abs=1e-4)


def test_an_m4a_gets_nothing_that_is_over_full_scale() -> None:
    like = fragment(np.zeros((100, 1), np.float32), format="m4a", rate_hz=48_000)
    loud = 3 * np.sin(np.arange(9_600) / 100, dtype=np.float32)
    heard = read(write(loud, like, len(loud))).samples[:, 0]
    assert np.abs(heard[2_000:-2_000]).max() == pytest.approx(1.0, abs=0.1)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["m4a", "pcm_s16le"]),
    st.sampled_from(RATES_HZ),
    st.integers(1, 2),
    st.integers(1, 20_000),
    st.integers(0, 20_000),
)
def test_any_dub_comes_back_with_exactly_its_length(
    format: Format, rate_hz: SampleRate, channels: int, length: int, given_samples: int
) -> None:
    like = fragment(np.zeros((1, channels), np.float32), format="pcm_s16le", rate_hz=rate_hz)
    like = like.model_copy(update={"format": format})
    noise = np.random.default_rng(length).uniform(-1, 1, given_samples).astype(np.float32)
    assert read(write(noise, like, length)).samples.shape == (length, channels)
