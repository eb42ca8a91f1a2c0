from pathlib import Path

import numpy as np
import pytest
from coded_sound.program import made_by_ffmpeg
from coded_sound.signals import late_by, speechlike
from dubbing_protocol import Audio
from dubbing_protocol.model import SampleRate
from fragment_audio import m4a
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.audio import UnreadableSound, mono_16k, read, resample

from audio_io.fragments import RATES_HZ, Format, fragment, message, s16


@pytest.mark.parametrize("format", ["m4a", "pcm_s16le"])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("told", [True, False])
def test_a_fragment_is_read_to_the_sample(
    format: Format, rate_hz: SampleRate, channels: int, told: bool
) -> None:
    sound = speechlike(1.237, rate_hz, channels=channels)
    clip = read(fragment(sound, format=format, rate_hz=rate_hz, told=told))
    assert clip.samples.shape == sound.shape
    assert (clip.length, clip.channels, clip.rate_hz) == (len(sound), channels, rate_hz)
    assert clip.duration_s == pytest.approx(1.237, abs=1 / rate_hz)
    assert clip.samples.dtype == np.float32
    assert abs(late_by(sound, clip.samples)) < 0.05
    assert np.abs(clip.samples - sound).max() < (0.2 if format == "m4a" else 1e-4)


@pytest.mark.parametrize("format", ["m4a", "pcm_s16le"])
@pytest.mark.parametrize("seconds", [0.1, 30.0])
def test_the_shortest_and_a_long_fragment_are_read(format: Format, seconds: float) -> None:
    sound = speechlike(seconds, 44_100, channels=1)
    assert read(fragment(sound, format=format, rate_hz=44_100)).length == round(seconds * 44_100)


def test_base64_and_an_attachment_are_the_same() -> None:
    sound = speechlike(0.2, 16_000, channels=1)
    both = [read(fragment(sound, format="pcm_s16le", rate_hz=16_000, binary=b)) for b in (True, False)]
    assert np.array_equal(both[0].samples, both[1].samples)


def test_another_s_encoder_that_hides_no_priming_is_read_at_its_said_length(tmp_path: Path) -> None:
    sound = speechlike(1, 48_000)
    data = made_by_ffmpeg(sound, 48_000, tmp_path, "-movflags", "frag_keyframe+empty_moov")
    assert len(m4a.decode(data)[0]) > 48_000
    audio = message(data, format="m4a", rate_hz=48_000, channels=2, length=48_000, samples=48_000)
    assert read(audio).length == 48_000


@pytest.mark.parametrize("missing", [-2048, -1, 1, 2048])
def test_an_m4a_is_cut_or_filled_to_its_said_length_within_two_frames(missing: int) -> None:
    data = m4a.encode(speechlike(1, 48_000), rate_hz=48_000)
    said = 48_000 + missing
    clip = read(message(data, format="m4a", rate_hz=48_000, channels=2, length=said, samples=said))
    assert clip.length == said
    assert not clip.samples[48_000:].any()


SECOND = speechlike(1, 48_000)
AAC = m4a.encode(SECOND, rate_hz=48_000)
PCM = s16(SECOND)


@pytest.mark.parametrize("samples", [48_000 - 2049, 48_000 + 2049, 1, 288_000, None])
def test_an_m4a_of_another_length_than_said_is_refused(samples: int | None) -> None:
    length = 288_000 if samples is None else samples
    with pytest.raises(UnreadableSound, match="said to be"):
        read(message(AAC, format="m4a", rate_hz=48_000, channels=2, length=length, samples=samples))


@pytest.mark.parametrize("samples", [47_999, 48_001, None])
def test_pcm_of_another_length_than_said_is_refused(samples: int | None) -> None:
    with pytest.raises(UnreadableSound, match="48000 samples, said to be"):
        read(message(PCM, format="pcm_s16le", rate_hz=48_000, channels=2, length=48_100, samples=samples))


@pytest.mark.parametrize(
    ("data", "format", "channels", "why"),
    [
        (b"", "m4a", 2, None),
        (b"", "pcm_s16le", 2, "without a sample"),
        (b"\0" * 5000, "m4a", 2, None),
        (AAC[: len(AAC) // 2], "m4a", 2, None),
        (AAC[:-20000], "m4a", 2, None),
        (PCM, "m4a", 2, None),
        (PCM[:-1], "pcm_s16le", 2, "within a sample"),
        (PCM[:-2], "pcm_s16le", 2, "within a sample"),
        (AAC, "m4a", 1, "2 channels"),
        (m4a.encode(speechlike(1, 24_000), rate_hz=24_000), "m4a", 2, "24000 Hz"),
        (AAC, "pcm_s16le", 2, None),
    ],
)
def test_what_is_not_what_it_is_said_to_be_is_refused(
    data: bytes, format: Format, channels: int, why: str | None
) -> None:
    with pytest.raises(UnreadableSound, match=why):
        read(message(data, format=format, rate_hz=48_000, channels=channels, length=48_000, samples=48_000))


def test_what_is_not_base64_is_refused() -> None:
    audio = Audio(format="m4a", sample_rate_hz=48_000, channels=2, duration_ms=10, data_base64="&&&&")
    with pytest.raises(UnreadableSound, match="base64"):
        read(audio)


@pytest.mark.parametrize("format", ["m4a", "pcm_s16le"])
def test_clipped_sound_is_read_as_it_is(format: Format) -> None:
    square = np.where(speechlike(0.5, 48_000) > 0, 1.0, -1.0).astype(np.float32)
    clip = read(fragment(square, format=format, rate_hz=48_000))
    assert clip.samples.shape == square.shape
    assert 0.99 < np.abs(clip.samples).max() <= 4.0


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_heard_is_in_place_at_16_khz(rate_hz: SampleRate, channels: int) -> None:
    sound = speechlike(1.5, rate_hz, channels=channels)
    heard = mono_16k(read(fragment(sound, format="pcm_s16le", rate_hz=rate_hz)))
    wanted = speechlike(1.5, 16_000, channels=channels).mean(axis=1)
    assert heard.shape == wanted.shape
    assert abs(late_by(wanted[:, np.newaxis], heard[:, np.newaxis])) < 0.05
    assert np.abs(heard[200:-200] - wanted[200:-200]).max() < 0.01


@settings(deadline=None)
@given(
    st.integers(0, 3000),
    st.sampled_from(RATES_HZ),
    st.sampled_from(RATES_HZ),
    st.none() | st.integers(0, 9000),
)
def test_resampling_gives_exactly_the_length(
    count: int, from_hz: int, to_hz: int, length: int | None
) -> None:
    result = resample(np.full(count, 0.5, np.float32), from_hz, to_hz, length)
    assert result.shape == (round(count * to_hz / from_hz + 1e-9) if length is None else length,)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(AAC) - 9), st.binary(min_size=1, max_size=8)), max_size=6))
def test_a_damaged_m4a_is_read_at_its_length_or_refused(changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(AAC)
    for at, replacement in changes:
        data[at : at + len(replacement)] = replacement
    audio = message(bytes(data), format="m4a", rate_hz=48_000, channels=2, length=48_000, samples=48_000)
    try:
        clip = read(audio)
    except UnreadableSound:
        return
    assert clip.samples.shape == (48_000, 2)
    assert np.isfinite(clip.samples).all()
