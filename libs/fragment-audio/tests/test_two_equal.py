from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from coded_sound.program import decoded_by_ffmpeg
from coded_sound.signals import speechlike
from fragment_audio import m4a
from fragment_audio.format import FRAGMENT_RATES_HZ
from fragment_audio.samples import Samples
from fragment_audio.two_equal import as_stereo, stereo_config
from hypothesis import given, settings
from hypothesis import strategies as st


def twice(sound: Samples) -> Samples:
    return np.repeat(sound[:, :1], 2, axis=1)


def attacks(rate_hz: int) -> Samples:
    """Bursts that make an encoder switch to short windows, between digital silence."""
    sound = np.zeros((2 * rate_hz, 1), np.float32)
    noise = np.random.default_rng(3)
    for number, at in enumerate(range(1000, len(sound) - 2000, 3571)):
        sound[at : at + 300 + 90 * number, 0] = noise.uniform(
            -0.8, 0.8, len(sound[at : at + 300 + 90 * number])
        )
    return sound


@pytest.mark.parametrize("rate_hz", sorted(FRAGMENT_RATES_HZ))
@pytest.mark.parametrize("kind", ["speech", "attacks", "silence"])
def test_both_sides_are_what_one_side_alone_would_be(rate_hz: int, kind: str, tmp_path: Path) -> None:
    sound = {
        "speech": speechlike(2, rate_hz, channels=1),
        "attacks": attacks(rate_hz),
        "silence": np.zeros((rate_hz, 1), np.float32),
    }[kind]
    one = m4a.encode(sound, rate_hz=rate_hz)
    pair = m4a.encode(twice(sound), rate_hz=rate_hz)
    alone, _ = m4a.decode(one)
    both, both_hz = m4a.decode(pair)
    assert (both.shape, both_hz) == ((len(sound), 2), rate_hz)
    assert np.abs(both - alone).max() < 1e-6
    assert len(pair) < 1.1 * len(one) + 1000
    theirs = decoded_by_ffmpeg(pair, 2, tmp_path)[: len(sound)]
    assert np.abs(theirs - alone).max() < 1e-5


def test_sides_that_differ_in_one_sample_are_encoded_as_they_are() -> None:
    sound = twice(speechlike(0.5, 48_000))
    sound[5000:6000, 1] = 0
    heard, _ = m4a.decode(m4a.encode(sound, rate_hz=48_000))
    assert np.abs(heard[5200:5800, 1]).max() < 0.5 * np.abs(heard[5200:5800, 0]).max()


rates_hz = st.sampled_from(sorted(FRAGMENT_RATES_HZ))


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(sorted(FRAGMENT_RATES_HZ)),
    st.integers(0, 2**32 - 1),
    st.floats(0.0, 1.0),
    st.integers(1, 9000),
)
def test_any_sound_is_the_same_on_both_sides(rate_hz: int, seed: int, level: float, length: int) -> None:
    sound = np.random.default_rng(seed).uniform(-level, level, (length, 1)).astype(np.float32)
    alone, _ = m4a.decode(m4a.encode(sound, rate_hz=rate_hz))
    both, _ = m4a.decode(m4a.encode(twice(sound), rate_hz=rate_hz))
    assert np.abs(both - alone).max() < 1e-6


def frames_of(sound: Samples) -> list[bytes]:
    with av.open(BytesIO(m4a.encode(sound, rate_hz=48_000))) as file:
        assert isinstance(file, av.container.InputContainer)
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


def test_what_is_not_one_plain_channel_is_refused() -> None:
    (pair, *_) = frames_of(speechlike(0.1, 48_000))
    single = frames_of(speechlike(0.1, 48_000, channels=1))[2]
    predicting = bytes([0, 0, single[2] & 0b0000_0001, 0xFF, *single[4:]])
    for frame in (b"", b"\0\0", pair, predicting, single[:1] + b"\x07"):
        with pytest.raises(ValueError, match="AAC frame"):
            as_stereo(frame)
    with pytest.raises(ValueError, match="one channel"):
        stereo_config(b"\x11\x90")


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_no_bytes_upset_it(frame: bytes) -> None:
    try:
        as_stereo(frame)
    except ValueError:
        return
