"""Does an engine keep up here? It does the work of a fixed six seconds, and the time tells."""

import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from sts_service.asr import RATE_HZ, Samples
from sts_service.engines.card import Card, Offer

TRIAL_S: Final = 6.0
KEEPS_UP: Final = 0.6
"""The largest real-time factor that `auto` takes."""

HOPELESS: Final = 5 * KEEPS_UP
"""Whoever needs more than this is not asked a second time."""

LONGEST_S: Final = 2 * HOPELESS * TRIAL_S
"""The longest that a trial takes of which something is learned."""

TEXT: Final = (
    "The government has announced a new plan to protect the environment, and the hospital opens in January."
)
"""What a newsreader says in about six seconds."""

_Curve: TypeAlias = npt.NDArray[np.float64]

_SAID = {
    "es": "El gobierno ha anunciado un nuevo plan para proteger el entorno, y el hospital abre en enero.",
    "en": TEXT,
}


async def trial(
    engine: Any, card: Card, offer: Offer | None = None, *, now_ns: Callable[[], int] = time.perf_counter_ns
) -> float:
    """The real-time factor. Raises what the engine raises.

    Called twice, unless the first time is hopeless: what only the first call costs is not held against it.
    """
    first = await _timed(engine, card, offer, now_ns)
    if first <= KEEPS_UP / 2 or first > HOPELESS:
        return first
    return min(first, await _timed(engine, card, offer, now_ns))


async def _timed(engine: Any, card: Card, offer: Offer | None, now_ns: Callable[[], int]) -> float:
    begin_ns = now_ns()
    await sample_call(engine, card, offer)
    return (now_ns() - begin_ns) / 1e9 / TRIAL_S


async def sample_call(engine: Any, card: Card, offer: Offer | None = None) -> None:
    """One call with the fixed six seconds."""
    source, target = _languages(card, offer)
    match card.stage:
        case "asr":
            await engine.transcribe(speech_like(), source, "")
        case "translation":
            await engine.translate(TEXT, source, target, "")
        case "tts":
            await engine.speak(_SAID.get(target, TEXT), target, {})


def _languages(card: Card, offer: Offer | None) -> tuple[str, str]:
    """English to Spanish where it can, for that is what the sample is; else what it knows."""
    if offer is None or offer.serves("en", "es"):
        return "en", "es"
    if offer.pairs:
        return min(offer.pairs, key=lambda pair: (pair[0] != "en", pair))
    sources, targets = offer.sources or ("en",), offer.targets or ("en",)
    return "en" if "en" in sources else sources[0], "en" if "en" in targets else targets[0]


def speech_like() -> Samples:
    """Six seconds of vowels of a gliding pitch, four syllables a second, with pauses; always the same."""
    time_s = np.arange(round(TRIAL_S * RATE_HZ)) / RATE_HZ
    pitch_hz = 120 + 25 * np.sin(2 * np.pi * 0.4 * time_s)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    syllable = np.floor(time_s * 4).astype(int)
    chance = np.random.default_rng(6)
    first_hz, second_hz = chance.uniform(300, 800, 64)[syllable], chance.uniform(900, 2300, 64)[syllable]
    sound = np.zeros_like(time_s)
    for harmonic in range(1, 25):
        at_hz = harmonic * pitch_hz
        formants = _peak(at_hz, first_hz, 120) + 0.5 * _peak(at_hz, second_hz, 180)
        sound += (formants + 0.02 / harmonic) * np.sin(harmonic * phase)
    sound *= np.sin(np.pi * ((time_s * 4) % 1)) ** 0.5 * ((time_s % 2) < 1.7)
    sound += 0.003 * chance.standard_normal(len(time_s))
    samples: Samples = (0.3 * sound / np.abs(sound).max()).astype(np.float32)
    return samples


def _peak(at_hz: _Curve, centre_hz: _Curve, width_hz: float) -> _Curve:
    curve: _Curve = np.exp(-(((at_hz - centre_hz) / width_hz) ** 2))
    return curve
