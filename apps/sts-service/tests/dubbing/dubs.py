"""Sentences sent to the service, and what came back, ready to be looked at."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from dubbing_protocol import Audio
from full_stream.sounds import audio
from speech import RATE_HZ, say
from sts_service.audio import Clip, mono_16k, read, resample
from wire import verdict
from wire.payloads import fragment_payload
from wire.sio_client import worker

Samples = npt.NDArray[np.float32]
Format = Literal["m4a", "pcm_s16le"]

ONSET_S = 0.7
RESULT_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence in a slot that leaves room for a longer translation."""

    text: str
    voice: str
    rate_hz: int = 16_000
    format: Format = "pcm_s16le"
    channels: int = 1

    @property
    def heard(self) -> Samples:
        """As the recogniser may hear it: 16 kHz, mono."""
        words = say(self.text, self.voice)
        sound = np.zeros(round(ONSET_S * RATE_HZ) + round(1.4 * len(words)) + RATE_HZ, np.float32)
        sound[round(ONSET_S * RATE_HZ) :][: len(words)] = words
        return sound

    @property
    def sent(self) -> Samples:
        return resample(self.heard, RATE_HZ, self.rate_hz)


@dataclass(frozen=True, slots=True)
class Dub:
    source: Spoken
    length: int
    """Samples that were sent."""
    result: dict[str, Any]

    @property
    def clip(self) -> Clip:
        return read(Audio.model_validate(self.result["dubbed_audio"]))

    @property
    def mono_16k(self) -> Samples:
        return mono_16k(self.clip)


async def dubbed(url: str, streams: Sequence[Sequence[Spoken]]) -> list[Dub]:
    """Each stream on a connection of its own, a sentence a fragment, at the same time as the others."""
    verdict.complaints.clear()
    answers = await asyncio.gather(*(_stream(url, f"s{at}", each) for at, each in enumerate(streams)))
    assert not verdict.complaints, verdict.complaints
    return [dub for answer in answers for dub in answer]


async def _stream(url: str, stream_id: str, sentences: Sequence[Spoken]) -> list[Dub]:
    like, pts_ns = sentences[0], 0
    dubs = []
    async with worker(url) as client:
        await client.init(
            stream_id,
            format=like.format,
            channels=like.channels,
            sample_rate_hz=like.rate_hz,
            timeout_ms=30_000,
        )
        for number, sentence in enumerate(sentences):
            sent = sentence.sent
            sound = audio(sent, like.rate_hz, format=like.format, channels=like.channels)
            event = fragment_payload(
                number, stream_id=stream_id, audio=sound.to_wire(), metadata={"pts_ns": pts_ns}
            )
            await client.emit("fragment:data", event)
            result = await client.result(event["fragment_id"], RESULT_TIMEOUT_S)
            dubs.append(Dub(sentence, len(sent), result))
            pts_ns += round(1e9 * len(sent) / like.rate_hz)
        await client.complete()
    return dubs


def loud_span_s(sound: Samples, rate_hz: int) -> tuple[float, float]:
    """Where it is louder than 30 dB under its loudest 10 ms."""
    frame = rate_hz // 100
    whole = sound[: len(sound) // frame * frame].reshape(-1, frame)
    levels = np.sqrt(np.mean(np.square(whole), axis=1))
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-30 / 20))
    return float(loud[0]) / 100, float(loud[-1] + 1) / 100


def likeness(one: Samples, other: Samples) -> float:
    """The largest correlation at any shift, 0..1."""
    size = len(one) + len(other)
    product = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    return float(np.abs(product).max() / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-9))


def pairs(dubs: Iterable[Dub]) -> list[tuple[str, str]]:
    """What was said and what was heard."""
    return [(dub.source.text, dub.result["transcript"] or "") for dub in dubs]
