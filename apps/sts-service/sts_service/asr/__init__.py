"""Speech to text. One module an engine; nobody but the stage that runs them calls in here."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from sts_service.engines.spec import Engine

Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono, -1..1."""

RATE_HZ = 16_000
"""Of what a transcriber hears."""


@dataclass(frozen=True, slots=True)
class Word:
    """Times count from the beginning of the samples."""

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    text: str
    start_s: float
    end_s: float
    words: tuple[Word, ...] = ()
    """Empty where the engine cannot tell them apart."""


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    """Empty where nothing was said."""
    segments: tuple[Segment, ...]
    confidence: float | None
    """0..1"""
    language: str


class Transcriber(Engine, Protocol):
    async def transcribe(self, samples: Samples, language: str, prompt: str) -> Transcript:
        """`samples` at `RATE_HZ`; `prompt`: what was said before, words to expect. Raises `EngineError`."""
