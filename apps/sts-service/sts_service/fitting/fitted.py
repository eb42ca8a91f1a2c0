"""Speech as a synthesiser gave it becomes a slot's sound."""

from dataclasses import dataclass

import numpy as np

from sts_service.audio.clip import Mono, exactly, resample
from sts_service.fitting.loudness import gain_db, louder
from sts_service.fitting.plan import Limits, Plan, Source, Status, plan
from sts_service.fitting.stretch import stretched
from sts_service.fitting.trim import faded, trimmed


@dataclass(frozen=True, eq=False, slots=True)
class Fitted:
    samples: Mono
    """At the slot's rate, exactly as long as the slot."""
    status: Status
    speed_ratio: float
    """Spoken this much faster than natural, by the engine and by stretching together."""
    natural_duration_ms: int
    """Of the speech without its silence, at speed 1."""
    actual_variance_percent: float
    """Of the slot, by which the dub was too long before it was cut."""
    onset_ms: int
    warnings: tuple[str, ...]


def fit(samples: Mono, rate_hz: int, source: Source, limits: Limits, *, spoken_speed: float = 1.0) -> Fitted:
    """Blocking. `spoken_speed` is what the engine's own rate control did already."""
    speech = trimmed(np.nan_to_num(np.asarray(samples, np.float32)), rate_hz)
    natural = (2 * len(speech) * source.rate_hz + rate_hz) // (2 * rate_hz)
    planned = plan(natural, source, limits, spoken_speed=spoken_speed)
    if planned.length != natural:
        # At the synthesiser's own rate: 24 kHz costs a quarter of 48 kHz.
        stretch = stretched(speech, rate_hz, max(1, round(planned.length * rate_hz / source.rate_hz)))
        if stretch is None:
            planned = plan(natural, source, limits, spoken_speed=spoken_speed, can_stretch=False)
        else:
            speech = stretch
    return Fitted(
        samples=_placed(speech, rate_hz, source, planned),
        status=planned.status,
        speed_ratio=spoken_speed * planned.speed,
        natural_duration_ms=round(1000 * natural * spoken_speed / source.rate_hz),
        actual_variance_percent=planned.variance_percent,
        onset_ms=round(1000 * planned.onset / source.rate_hz),
        warnings=planned.warnings,
    )


def _placed(speech: Mono, rate_hz: int, source: Source, planned: Plan) -> Mono:
    gain = gain_db(speech, rate_hz, source.loudness_lufs)
    dub = exactly(resample(speech, rate_hz, source.rate_hz, planned.length), planned.kept)
    dub = louder(faded(dub, source.rate_hz), source.rate_hz, gain)
    slot = np.zeros(source.slot, np.float32)
    slot[planned.onset : planned.onset + planned.kept] = dub
    return slot
