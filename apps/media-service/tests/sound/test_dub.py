from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from coded_sound.program import made_by_ffmpeg
from coded_sound.signals import late_by, speechlike
from fragment_audio import m4a
from fragment_audio.errors import UnreadableSound
from fragment_audio.samples import Samples
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.audio import dub


def s16(samples: Samples) -> bytes:
    return np.clip(samples * 32767, -32768, 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("format", ["m4a", "pcm_s16le"])
@pytest.mark.parametrize("rate_hz", [48000, 44100, 24000, 22050, 16000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_dub_lies_where_it_was_meant(
    format: Literal["m4a", "pcm_s16le"], rate_hz: int, channels: int, tmp_path: Path
) -> None:
    samples = speechlike(2, rate_hz, channels=channels)
    data = s16(samples) if format == "pcm_s16le" else made_by_ffmpeg(samples, rate_hz, tmp_path)
    sound = dub.read(data, format=format, rate_hz=rate_hz, channels=channels, length=96_000)
    assert sound.shape == (96_000, 2)
    assert sound.dtype == np.float32
    assert abs(late_by(speechlike(2, 48000, channels=channels), sound)) < 0.1
    level = np.sqrt(np.mean(np.square(sound)))
    assert level == pytest.approx(0.1, rel=0.05)
    if channels == 1:
        assert np.array_equal(sound[:, 0], sound[:, 1])


@pytest.mark.parametrize("rate_hz", [8000, 22050, 44100])
def test_the_last_samples_of_a_resampled_dub_are_there(rate_hz: int) -> None:
    data = s16(np.full((rate_hz, 1), 0.5, np.float32))
    sound = dub.read(data, format="pcm_s16le", rate_hz=rate_hz, channels=1, length=48_100)
    assert np.abs(sound[:48_000] - 0.5).max() < 0.01
    assert not sound[48_001:].any()


@pytest.mark.parametrize("length", [0, 1, 30_000, 96_000, 120_001])
def test_a_dub_is_cut_or_padded_to_its_slot(length: int) -> None:
    samples = speechlike(2, 48000)
    both = (
        dub.read(m4a.encode(samples, rate_hz=48000), format="m4a", rate_hz=48000, channels=2, length=length),
        dub.read(s16(samples), format="pcm_s16le", rate_hz=48000, channels=2, length=length),
    )
    for sound in both:
        assert sound.shape == (length, 2)
        assert not sound[96_000:].any()
        if length > 10_000:
            assert sound[:96_000].any()


def test_an_m4a_tells_its_own_rate_and_channels(tmp_path: Path) -> None:
    data = made_by_ffmpeg(speechlike(1, 22050, channels=1), 22050, tmp_path)
    sound = dub.read(data, format="m4a", rate_hz=48000, channels=2, length=48_000)
    assert abs(late_by(speechlike(1, 48000, channels=1), sound)) < 0.1


@pytest.mark.parametrize(
    ("data", "format", "rate_hz", "channels"),
    [
        (b"", "m4a", 48000, 2),
        (b"\0" * 1000, "m4a", 48000, 2),
        (b"\0" * 1001, "pcm_s16le", 48000, 2),
        (b"\0" * 1002, "pcm_s16le", 48000, 2),
        (b"\0" * 1000, "pcm_s16le", 0, 2),
        (b"\0" * 1000, "pcm_s16le", 48000, 0),
        (b"\0" * 1200, "pcm_s16le", 48000, 6),
        (b"\0" * 1000, "wav", 48000, 2),
    ],
)
def test_what_is_no_dub_is_unreadable(data: bytes, format: str, rate_hz: int, channels: int) -> None:
    with pytest.raises(UnreadableSound):
        dub.read(data, format=format, rate_hz=rate_hz, channels=channels, length=100)  # type: ignore[arg-type]


def test_an_empty_pcm_is_silence() -> None:
    assert not dub.read(b"", format="pcm_s16le", rate_hz=44100, channels=1, length=100).any()


def test_hours_of_pcm_are_read_for_a_minute() -> None:
    hours = bytes(2 * 8000 * 3600)
    sound = dub.read(hours, format="pcm_s16le", rate_hz=8000, channels=1, length=70 * 48000)
    assert len(sound) == 70 * 48000


def test_sound_far_over_full_scale_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(m4a, "decode", lambda data: (np.full((10, 2), 1e9, np.float32), 48000))
    assert dub.read(b"", format="m4a", rate_hz=48000, channels=2, length=10).max() <= 4


@settings(deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([8000, 22050, 44100, 48000]),
    st.integers(1, 2),
    st.integers(0, 999),
)
def test_any_pcm_gives_exactly_the_slot(data: bytes, rate_hz: int, channels: int, length: int) -> None:
    try:
        sound = dub.read(data, format="pcm_s16le", rate_hz=rate_hz, channels=channels, length=length)
    except UnreadableSound:
        assert len(data) % (2 * channels)
        return
    assert sound.shape == (length, 2)
    assert np.isfinite(sound).all()
