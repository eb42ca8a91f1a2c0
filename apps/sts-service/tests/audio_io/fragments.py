"""Fragments as workers send them."""

from typing import Literal, TypeAlias

import numpy as np
from dubbing_protocol import Audio, make_audio
from dubbing_protocol.model import SampleRate
from fragment_audio import m4a
from fragment_audio.samples import Samples

Format: TypeAlias = Literal["m4a", "pcm_s16le"]
RATES_HZ: tuple[SampleRate, ...] = (8000, 16000, 22050, 24000, 44100, 48000)


def s16(samples: Samples) -> bytes:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def message(
    data: bytes,
    *,
    format: Format,
    rate_hz: SampleRate,
    channels: int,
    length: int,
    samples: int | None = None,
    binary: bool = False,
) -> Audio:
    return make_audio(
        data,
        format=format,
        sample_rate_hz=rate_hz,
        channels=1 if channels == 1 else 2,
        duration_ms=max(1, round(length * 1000 / rate_hz)),
        samples=samples,
        binary=binary,
    )


def fragment(
    sound: Samples, *, format: Format, rate_hz: SampleRate, told: bool = True, binary: bool = False
) -> Audio:
    """`told`: with its exact length."""
    data = m4a.encode(sound, rate_hz=rate_hz) if format == "m4a" else s16(sound)
    length, channels = sound.shape
    return message(
        data,
        format=format,
        rate_hz=rate_hz,
        channels=channels,
        length=length,
        samples=length if told else None,
        binary=binary,
    )
