"""Fragments of sound: speech, tones, silence, in every form that a worker may send."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from dubbing_protocol import Audio, FragmentData, FragmentMetadata, make_audio
from fragment_audio import m4a
from speech import say
from sts_service.audio import resample

Samples = npt.NDArray[np.float32]

SENTENCE = "The government has announced a new plan to protect the environment."


def spoken(seconds: float = 6.0, rate_hz: int = 48_000, text: str = SENTENCE, at_s: float = 0.3) -> Samples:
    """English speech that begins at `at_s`, silence around it; cut where it does not fit."""
    sound = np.zeros(round(seconds * rate_hz), np.float32)
    words = resample(say(text), 16_000, rate_hz)
    begin = round(at_s * rate_hz)
    part = words[: max(0, len(sound) - begin)]
    sound[begin : begin + len(part)] = part
    return sound


def silence(seconds: float = 6.0, rate_hz: int = 48_000) -> Samples:
    return np.zeros(round(seconds * rate_hz), np.float32)


def noise(seconds: float = 6.0, rate_hz: int = 48_000) -> Samples:
    """Drums and hiss: a beat of coloured noise, no pitch that could be a voice."""
    count = round(seconds * rate_hz)
    rng = np.random.default_rng(7)
    beat = 0.05 + 0.3 * np.exp(-8 * ((np.arange(count) / rate_hz * 2) % 1))
    coloured = np.cumsum(rng.standard_normal(count)) * 0.01
    coloured -= np.convolve(coloured, np.ones(64) / 64, "same")
    sound: Samples = (beat * coloured / np.abs(coloured).max()).astype(np.float32)
    return sound


def audio(
    samples: Samples,
    rate_hz: int = 48_000,
    *,
    format: Literal["m4a", "pcm_s16le"] = "pcm_s16le",
    channels: int = 1,
    binary: bool = False,
) -> Audio:
    sound = np.repeat(samples[:, np.newaxis], channels, axis=1)
    if format == "m4a":
        data = m4a.encode(sound, rate_hz=rate_hz)
    else:
        data = np.clip(np.rint(sound * 32768), -32768, 32767).astype("<i2").tobytes()
    return make_audio(
        data,
        format=format,
        sample_rate_hz=rate_hz,  # type: ignore[arg-type]
        channels=channels,
        duration_ms=max(1, round(1000 * len(samples) / rate_hz)),
        samples=len(samples),
        binary=binary,
    )


def fragment(
    number: int,
    sound: Audio,
    *,
    stream_id: str = "a",
    fragment_id: str | None = None,
    pts_ns: int | None = None,
) -> FragmentData:
    more: dict[str, Any] = {} if pts_ns is None else {"metadata": FragmentMetadata(pts_ns=pts_ns)}
    return FragmentData(
        fragment_id=fragment_id or f"{stream_id}-{number}",
        stream_id=stream_id,
        sequence_number=number,
        timestamp=0,
        audio=sound,
        **more,
    )
