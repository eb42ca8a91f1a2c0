"""The engines that are ready on this machine, each alone in its stage as the service runs it."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from dubbing_protocol.model import Stage as StageName
from sts_service.engines.card import Offer
from sts_service.engines.choice import offer_of
from sts_service.engines.errors import EngineError, NotHere
from sts_service.engines.registry import STAGES, AnySpec, find
from sts_service.engines.trial import KEEPS_UP
from sts_service.full.settings import FullSettings
from sts_service.full.stage import Stage

from benchmarks.loads import percentile
from benchmarks.report import Figure, Wanted
from benchmarks.sts_sound import TEXTS, read_out

SLOT_S = 6.0
TIMEOUT_MS = 60_000
SPANISH = (
    "El gobierno ha anunciado un plan nuevo para proteger el entorno este año.",
    "Los científicos han descubierto una especie nueva de peces en el océano.",
    "Los dos países han firmado un acuerdo importante sobre comercio y seguridad.",
    "El hospital abrirá sus puertas al público por primera vez en enero.",
)
PAYING = frozenset({"production", "cloud"})
"""On the loop these are somebody's paid service: a benchmark calls none."""

Call: TypeAlias = Callable[[Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Measured:
    stage: StageName
    engine: str
    model: str
    took_ms: list[float]

    def figures(self) -> list[Figure]:
        name = f"{self.stage}: {self.engine} ({self.model})"
        factors = [took / 1000 / SLOT_S for took in self.took_ms]
        return [
            Figure(f"{name}: p50", "ms", self.took_ms),
            Figure(f"{name}: p95", "ms", [percentile(self.took_ms, 95)]),
            Figure(f"{name}: of real time", "times 6 s", factors, wanted=Wanted(KEEPS_UP)),
        ]


async def stages(rounds: int) -> AsyncIterator[Measured | str]:
    """What was measured, or why an engine was not."""
    settings = FullSettings()
    for name in STAGES:
        for spec in find(name).values():
            card = spec.card
            if card.kind == "test":
                continue
            offer = offer_of(spec, settings)
            if not isinstance(offer, Offer):
                yield f"{name}: {card.name} is not here: {offer.why}"
            elif card.home == "loop" and card.kind in PAYING:
                yield f"{name}: {card.name} is a paid service and was not asked"
            elif not offer.serves("en", "es"):
                yield f"{name}: {card.name} does not know en to es"
            else:
                yield await _measured(name, spec, offer, settings, rounds)


async def _measured(
    name: StageName, spec: AnySpec, offer: Offer, settings: FullSettings, rounds: int
) -> Measured | str:
    stage: Stage[Any] = Stage(spec, offer, settings, timeout_ms=TIMEOUT_MS, queue_bound=10)
    took_ms = []
    calls = list(_calls(name))
    try:
        await stage.start()
        await stage.run("bench", calls[0], audio_s=SLOT_S)  # what only the first call costs
        for number in range(rounds * len(calls)):
            began = time.perf_counter()
            await stage.run("bench", calls[number % len(calls)], audio_s=SLOT_S)
            took_ms.append((time.perf_counter() - began) * 1000)
    except (EngineError, NotHere) as error:
        return f"{name}: {spec.card.name} failed: {error}"
    finally:
        await stage.close()
    return Measured(name, spec.card.name, offer.model, took_ms)


def _calls(stage: StageName) -> list[Call]:
    match stage:
        case "asr":
            return [_heard(text) for text in TEXTS]
        case "translation":
            return [_translated(text) for text in TEXTS]
        case _:
            return [_spoken(text) for text in SPANISH]


def _heard(text: str) -> Call:
    samples = read_out(text)
    return lambda engine: engine.transcribe(samples, "en", "")


def _translated(text: str) -> Call:
    return lambda engine: engine.translate(text, "en", "es", "")


def _spoken(text: str) -> Call:
    return lambda engine: engine.speak(text, "es", {})
