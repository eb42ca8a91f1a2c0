"""Recordings sent through the service's own stages, in fragments as a worker sends them."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from dubbing_protocol import (
    FragmentData,
    FragmentMetadata,
    SimulatedPressure,
    StreamConfig,
    StreamInit,
    make_audio,
)

from sts_service.audio import Clip, mono_16k
from sts_service.bench.recordings import Recording, WrongSet
from sts_service.engines.errors import NoEngine
from sts_service.full.processor import FullProcessor
from sts_service.full.settings import FullSettings
from sts_service.server.processor import StreamProcessor, StreamRefused

START_TIMEOUT_S = 900.0
"""For large models from a slow disk."""
RATE_HZ: Final = 16_000
_LAST_WORD_S = 0.5
"""Of silence after a recording: a word that ends with it is not left to a fragment that never comes."""


@dataclass(frozen=True, slots=True)
class Dubbed:
    recording: Recording
    duration_s: float
    transcript: str
    translation: str
    fragments: int
    unfinished: tuple[str, ...]
    """The error code of each fragment that has no transcript or no translation."""
    took_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    dubbed: tuple[Dubbed, ...]
    engines: dict[str, str]
    """By stage, with the model."""


class _Control:
    """What a stream may ask of its server, which is not there."""

    session_id: str | None = None

    def announce_pressure(self, pressure: SimulatedPressure) -> None:
        pass

    def cut(self) -> None:
        pass


async def dub(
    recordings: Sequence[Recording],
    settings: FullSettings,
    *,
    source: str,
    target: str,
    fragment_s: float,
) -> Outcome:
    """One after the other.

    Raises `NoEngine`, `SettingError`, `StreamRefused`, `WrongSet` and `TimeoutError`.
    """
    processor = FullProcessor(settings)
    async with processor.running():
        # What is raised in here would come out as a group.
        try:
            engines = await _ready(processor)
            dubbed = []
            for number, recording in enumerate(recordings):
                config = StreamConfig(
                    source_language=source,
                    target_language=target,
                    sample_rate_hz=RATE_HZ,
                    channels=1,
                    format="pcm_s16le",
                    chunk_duration_ms=round(1000 * fragment_s),
                )
                init = StreamInit(stream_id=f"recording-{number}", worker_id="bench", config=config)
                with contextlib.closing(processor.open(init, _Control())) as stream:
                    dubbed.append(await _dubbed(stream, recording, init.stream_id, fragment_s))
            return Outcome(tuple(dubbed), engines)
        except (NoEngine, StreamRefused, WrongSet, TimeoutError) as error:
            wrong = error
    raise wrong


async def _ready(processor: FullProcessor) -> dict[str, str]:
    """Who serves each stage."""
    async with asyncio.timeout(START_TIMEOUT_S):
        await processor.tried.wait()
    readiness = processor.readiness()
    posts = readiness.detail["engines"]
    if not readiness.ready:
        raise NoEngine("; ".join(post["why"] for post in posts.values() if post["engine"] is None))
    return {stage: f"{post['engine']} ({post['model']})" for stage, post in posts.items()}


async def _dubbed(stream: StreamProcessor, recording: Recording, stream_id: str, fragment_s: float) -> Dubbed:
    clip = recording.clip()
    transcripts, translations, unfinished = [], [], []
    began_s = time.monotonic()
    pieces = fragments(clip, stream_id, fragment_s)
    for piece in pieces:
        result = await stream.process(piece)
        transcripts.append(result.transcript or "")
        translations.append(result.translated_text or "")
        if result.error and (result.transcript is None or result.translated_text is None):
            unfinished.append(str(result.error.code))
    return Dubbed(
        recording=recording,
        duration_s=clip.duration_s,
        transcript=" ".join(filter(None, transcripts)),
        translation=" ".join(filter(None, translations)),
        fragments=len(pieces),
        unfinished=tuple(unfinished),
        took_s=time.monotonic() - began_s,
    )


def fragments(clip: Clip, stream_id: str, fragment_s: float) -> list[FragmentData]:
    """All of the same length but the last."""
    sound = np.append(mono_16k(clip), np.zeros(round(_LAST_WORD_S * RATE_HZ), np.float32))
    pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype("<i2")
    size = round(fragment_s * RATE_HZ)
    return [
        FragmentData(
            fragment_id=f"{stream_id}-{number}",
            stream_id=stream_id,
            sequence_number=number,
            timestamp=0,
            audio=make_audio(
                pcm[begin : begin + size].tobytes(),
                format="pcm_s16le",
                sample_rate_hz=RATE_HZ,
                channels=1,
                duration_ms=max(1, round(1000 * len(pcm[begin : begin + size]) / RATE_HZ)),
                samples=len(pcm[begin : begin + size]),
                binary=True,
            ),
            metadata=FragmentMetadata(pts_ns=round(1e9 * begin / RATE_HZ)),
        )
        for number, begin in enumerate(range(0, len(pcm), size))
    ]
