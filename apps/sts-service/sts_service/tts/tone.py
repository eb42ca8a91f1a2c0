"""A tone as long as the text would take to say: for tests, and to hear where a dub stands."""

import numpy as np

from sts_service.engines import Card, EngineSettings, EngineSpec, Offer
from sts_service.tts import Speech, Voice

RATE_HZ = 24_000
S_PER_CHARACTER = 0.06
_PERIOD = 100
"""Samples: 240 Hz, and a whole number of them, so that a long tone is only copies."""
_FADE = RATE_HZ // 200


def tone(length: int) -> Speech:
    """So many samples, faded in and out."""
    period = 0.2 * np.sin(2 * np.pi * np.arange(_PERIOD) / _PERIOD)
    samples = np.resize(period.astype(np.float32), length)
    fade = np.linspace(0, 1, min(_FADE, length // 2), dtype=np.float32)
    samples[: len(fade)] *= fade
    samples[length - len(fade) :] *= fade[::-1]
    return Speech(samples, RATE_HZ)


class Tone:
    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        return tone(round(len(text.strip()) * S_PER_CHARACTER * RATE_HZ))

    async def close(self) -> None:
        pass


def _check(settings: EngineSettings) -> Offer:
    return Offer(model="240 Hz")


def _make(settings: EngineSettings) -> Tone:
    return Tone()


SPEC: EngineSpec[Tone] = EngineSpec(
    card=Card(
        name="tone",
        stage="tts",
        kind="test",
        code_licence="Apache-2.0",
        needs="nothing",
        home="loop",
        concurrency=100,
        rate_hz=RATE_HZ,
    ),
    check=_check,
    make=_make,
)
