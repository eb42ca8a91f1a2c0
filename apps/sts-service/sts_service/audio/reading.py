"""What came from a worker, as samples."""

import numpy as np
from dubbing_protocol import Audio, UnreadableAudio, audio_bytes
from fragment_audio import m4a
from fragment_audio.errors import UnreadableSound
from fragment_audio.format import FRAME_LENGTH
from fragment_audio.samples import Samples

from sts_service.audio.clip import Clip

SLACK = 2 * FRAME_LENGTH
"""Samples by which an M4A may be longer or shorter than was said: the priming and the padding of an encoder
that writes no edit list."""

_LOUDEST = np.float32(4.0)
"""An encoder overshoots full scale a little; what is far over it is a broken frame, and cut to this."""


def read(audio: Audio) -> Clip:
    """As long as the message says. Raises `UnreadableSound` (INVALID_AUDIO): it is not what it is said to be,
    or of another rate, channel count or length.
    """
    try:
        data = audio_bytes(audio)
    except UnreadableAudio as error:
        raise UnreadableSound(str(error)) from error
    if audio.format == "m4a":
        samples, slack = _m4a(data, audio), SLACK
    else:
        samples, slack = _pcm(data, audio), 0
    if len(samples) == 0:
        raise UnreadableSound("audio without a sample")
    return Clip(_of_its_length(samples, audio, slack), audio.sample_rate_hz)


def _m4a(data: bytes, audio: Audio) -> Samples:
    samples, rate_hz = m4a.decode(data)
    if (rate_hz, samples.shape[1]) != (audio.sample_rate_hz, audio.channels):
        raise UnreadableSound(
            f"an M4A of {rate_hz} Hz and {samples.shape[1]} channels, "
            f"said to be {audio.sample_rate_hz} Hz and {audio.channels}"
        )
    return np.clip(samples, -_LOUDEST, _LOUDEST, out=samples)


def _pcm(data: bytes, audio: Audio) -> Samples:
    if len(data) % (2 * audio.channels):
        raise UnreadableSound("PCM that ends within a sample")
    values = np.frombuffer(data, "<i2").reshape(-1, audio.channels)
    return values.astype(np.float32) / np.float32(32768)


def _of_its_length(samples: Samples, audio: Audio, slack: int) -> Samples:
    length = audio.samples
    if length is None:
        # A duration is rounded to the millisecond, and by some cut off.
        said = audio.duration_ms * audio.sample_rate_hz // 1000
        length, slack = len(samples), slack + audio.sample_rate_hz // 1000 + 1
    else:
        said = length
    if abs(len(samples) - said) > slack:
        raise UnreadableSound(f"{len(samples)} samples, said to be {said}")
    if len(samples) < length:
        return np.concatenate([samples, np.zeros((length - len(samples), audio.channels), np.float32)])
    return np.ascontiguousarray(samples[:length])
