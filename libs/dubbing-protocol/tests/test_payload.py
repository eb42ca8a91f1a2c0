"""Sound to a message and back."""

import base64

import pytest
from dubbing_protocol import Audio, UnreadableAudio, audio_bytes, make_audio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError


def made(data: bytes, *, binary: bool, samples: int | None = None) -> Audio:
    return make_audio(
        data,
        format="m4a",
        sample_rate_hz=48_000,
        channels=2,
        duration_ms=6000,
        samples=samples,
        binary=binary,
    )


@given(st.binary(), st.booleans(), st.none() | st.integers(1, 60 * 48_000))
def test_sound_comes_back_as_it_went(data: bytes, binary: bool, samples: int | None) -> None:
    audio = Audio.from_wire(made(data, binary=binary, samples=samples).to_wire())
    assert audio_bytes(audio) == data
    assert audio.samples == samples
    assert (audio.data is not None) is binary


@given(st.binary())
def test_text_is_standard_base64_and_its_size_is_that_of_the_text(data: bytes) -> None:
    text, binary = made(data, binary=False), made(data, binary=True)
    assert text.data_base64 == base64.b64encode(data).decode()
    assert text.size_base64 == binary.size_base64 == len(base64.b64encode(data))


@pytest.mark.parametrize("text", ["!", "AAA", "AA==A", "AAAA\n", "AA AA", "AA-_", "é", "A", "===="])
def test_what_is_no_standard_base64_is_unreadable(text: str) -> None:
    audio = made(b"", binary=False).model_copy(update={"data_base64": text})
    with pytest.raises(UnreadableAudio):
        audio_bytes(audio)


def test_a_message_without_sound_is_refused() -> None:
    with pytest.raises(ValidationError, match="exactly one of data_base64 and data"):
        Audio(format="m4a", sample_rate_hz=48_000, channels=2, duration_ms=6000)
    with pytest.raises(ValidationError, match="exactly one of data_base64 and data"):
        Audio(format="m4a", sample_rate_hz=48_000, channels=2, duration_ms=1, data_base64="", data=b"")
