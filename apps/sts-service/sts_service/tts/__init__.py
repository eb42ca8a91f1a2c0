"""Text to speech. One module an engine; nobody but the stage that runs them calls in here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from sts_service.engines.spec import Engine

Voice: TypeAlias = Mapping[str, Any]
"""What voices.json says of one voice for this engine."""


@dataclass(frozen=True, slots=True)
class Speech:
    samples: npt.NDArray[np.float32]
    """Mono, -1..1."""
    rate_hz: int


class Synthesizer(Engine, Protocol):
    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        """`speed` is only other than 1 for an engine with a `speed_range`. Raises `EngineError`."""
