"""What the speech service's `GET /ready` says of its engines, for the page. Pure."""

from dataclasses import dataclass, replace
from typing import Any, Literal

State = Literal["ready", "starting", "unreachable"]
StageName = Literal["recognition", "translation", "voice"]

_STAGES: dict[str, StageName] = {"asr": "recognition", "translation": "translation", "tts": "voice"}
_BETTER: dict[StageName, str] = {
    "recognition": "faster-whisper: pip install 'sts-service[whisper]', and a GPU for its larger models",
    "translation": "DeepL: pip install 'sts-service[deepl]', and DEEPL_API_KEY",
    "voice": "XTTS v2: pip install 'sts-service[xtts]', and a GPU with 3 GB",
}
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class StageView:
    stage: StageName
    engine: str | None
    """None while nobody serves it"""
    model: str | None
    embedded: bool
    """needs no download, no key and no GPU, and sounds like it"""
    licence: str | None
    better: str | None
    """what to install for broadcast quality, where it is embedded"""


@dataclass(frozen=True, kw_only=True)
class SpeechView:
    state: State
    service: str
    """its URL, masked"""
    kind: str | None = None
    """what it is: full dubs, echo gives the sound back; None where it does not say"""
    stages: tuple[StageView, ...] = ()


def ready(before: SpeechView, status: int, told: Any) -> SpeechView:
    """After an answer."""
    if not isinstance(told, dict) or status not in (200, 503):
        return unreachable(before)
    engines = told.get("engines")
    stages = engines if isinstance(engines, dict) else {}
    return replace(
        before,
        state="ready" if status == 200 and told.get("ready") is True else "starting",
        kind=_text(told.get("service")),
        stages=tuple(_stage(ours, stages[theirs]) for theirs, ours in _STAGES.items() if theirs in stages),
    )


def unreachable(before: SpeechView) -> SpeechView:
    """What spoke last is no news any more."""
    return replace(before, state="unreachable", kind=None, stages=())


def _stage(name: StageName, told: Any) -> StageView:
    about = told if isinstance(told, dict) else {}
    embedded = about.get("kind") == "embedded"
    return StageView(
        stage=name,
        engine=_text(about.get("engine")),
        model=_text(about.get("model")),
        embedded=embedded,
        licence=_text(about.get("licence")),
        better=_BETTER[name] if embedded else None,
    )


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value else None
