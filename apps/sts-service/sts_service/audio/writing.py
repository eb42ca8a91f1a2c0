"""A dub as the worker wants it: in the form in which its fragment came."""

import numpy as np
from dubbing_protocol import Audio, make_audio
from fragment_audio import m4a
from fragment_audio.samples import Samples

from sts_service.audio.clip import Mono, exactly

_SPEECH_BIT_RATE = 48_000
"""A channel. A voice gains nothing from more, and each bit costs time."""


def write(samples: Mono, like: Audio, length: int) -> Audio:
    """The voice on all channels of `like`, in its format, rate and carriage: exactly `length` samples after
    decoding, cut or padded with silence.
    """
    voice = exactly(np.asarray(samples, np.float32), length)
    rate_hz = like.sample_rate_hz
    if like.format == "m4a":
        sides: Samples = np.broadcast_to(voice[:, np.newaxis], (length, like.channels))
        data = m4a.encode(sides, rate_hz=rate_hz, bit_rate=_bit_rate(like))
    else:
        values = np.clip(np.rint(voice * 32768), -32768, 32767).astype("<i2")
        data = np.repeat(values, like.channels).tobytes()
    return make_audio(
        data,
        format=like.format,
        sample_rate_hz=rate_hz,
        channels=like.channels,
        duration_ms=max(1, (2 * length * 1000 + rate_hz) // (2 * rate_hz)),
        samples=length,
        binary=like.data is not None,
    )


def _bit_rate(like: Audio) -> int:
    """Where the rate is low, AAC cannot use so many bits."""
    return like.channels * min(_SPEECH_BIT_RATE, 4 * like.sample_rate_hz)
