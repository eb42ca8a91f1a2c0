"""Sound as it travels: bytes to an `Audio` message and back, as base64 text or as a binary attachment."""

import binascii

import pybase64

from dubbing_protocol.fragment import Audio
from dubbing_protocol.model import AudioFormat, Channels, SampleRate


class UnreadableAudio(ValueError):
    """The text is not base64 (INVALID_AUDIO)."""


def audio_bytes(audio: Audio) -> bytes:
    """The sound's bytes, whichever way they came. Raises `UnreadableAudio`."""
    if audio.data is not None:
        return audio.data
    try:
        return pybase64.b64decode(audio.data_base64 or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableAudio("data_base64 is not base64") from error


def make_audio(
    data: bytes,
    *,
    format: AudioFormat,
    sample_rate_hz: SampleRate,
    channels: Channels,
    duration_ms: int,
    samples: int | None = None,
    binary: bool = False,
) -> Audio:
    """An `Audio` message that carries `data`; `binary` only where the server offered it."""
    return Audio(
        format=format,
        sample_rate_hz=sample_rate_hz,
        channels=channels,
        duration_ms=duration_ms,
        samples=samples,
        data=data if binary else None,
        data_base64=None if binary else pybase64.b64encode_as_string(data),
    )
