"""Looks for the engines, their models and the voices, by the speech service's own means."""

import shutil
from collections.abc import Iterator

from sts_service.asr import whisper_models
from sts_service.engines.choice import AUTO, candidates
from sts_service.engines.errors import NoEngine, NotHere
from sts_service.engines.registry import STAGES
from sts_service.fitting import stretcher
from sts_service.full.settings import FullSettings
from sts_service.voices import Voices, VoicesWrong

from livedub.doctor.finding import Finding

EMBEDDED = {
    "asr": ".venv/bin/pip install pocketsphinx",
    "translation": "apt-get install apertium apertium-eng-spa",
    "tts": "apt-get install libespeak-ng1 espeak-ng-data",
}
"""What brings the engine that needs no model, by stage."""


def find(settings: FullSettings, source: str, target: str) -> Iterator[Finding]:
    for stage in STAGES:
        wanted = settings.engine(stage)
        try:
            best = candidates(stage, wanted, settings, (source, target)).choices[0]
        except NoEngine as error:
            fix = EMBEDDED[stage] if wanted == AUTO else f"livedub engines, then set {stage.upper()}_ENGINE"
            yield Finding(f"engine {stage}", "missing", f"{source} to {target}: {error}", fix)
            continue
        card = best.spec.card
        yield Finding(f"engine {stage}", "ok", f"{card.name} ({card.kind}): {best.offer.model}")
    yield _whisper(settings)
    yield _stretcher()
    yield _voices(settings)


def _whisper(settings: FullSettings) -> Finding:
    name = settings.whisper_model
    try:
        folder = whisper_models.on_disk(settings)
    except NotHere as reason:
        return Finding("model", "note", str(reason), f"livedub models pull {name}")
    if folder is None:
        return Finding(
            "model", "note", f"the Whisper model {name} is not on this machine", f"livedub models pull {name}"
        )
    return Finding("model", "ok", f"the Whisper model {name} is on this machine")


def _stretcher() -> Finding:
    name = stretcher()
    if name is None:
        return Finding(
            "stretcher", "note", "dubs cannot be made to fit their slots", "apt-get install rubberband-cli"
        )
    if shutil.which("rubberband") is None:
        return Finding("stretcher", "note", f"{name} stands in", "apt-get install rubberband-cli")
    return Finding("stretcher", "ok", name)


def _voices(settings: FullSettings) -> Finding:
    try:
        Voices.load(settings.voice_profiles_path)
    except VoicesWrong as wrong:
        return Finding("voices", "missing", str(wrong), "unset VOICE_PROFILES_PATH")
    return Finding("voices", "ok", "the profiles are right")
