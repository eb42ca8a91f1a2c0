"""What a fragment's work has produced so far, and the result that is made of it, whole or failed."""

from dataclasses import dataclass, field
from typing import TypeVar

from dubbing_protocol import (
    ERRORS,
    Audio,
    ErrorCode,
    FragmentError,
    Outcome,
    ResultMetadata,
    Segment,
    StageTimings,
)
from dubbing_protocol.model import Stage as StageName

from sts_service.fitting import Fitted
from sts_service.full.hearing import Heard
from sts_service.full.lineage import Kind, Lineage
from sts_service.full.piece import Piece
from sts_service.full.post import AnyStage
from sts_service.full.wording import Passage
from sts_service.server.processor import Result

_KINDS: dict[StageName, Kind] = {"asr": "transcript", "translation": "translation", "tts": "speech"}

T = TypeVar("T")


@dataclass(slots=True)
class Draft:
    lineage: Lineage = field(default_factory=Lineage)
    models: dict[StageName, str] = field(default_factory=dict)
    """Of the stages that have done their work."""
    took_ms: dict[StageName, int] = field(default_factory=dict)
    piece: Piece | None = None
    heard: Heard | None = None
    translation: str | None = None
    spoken_text: str | None = None
    """The translation, as it was given to the synthesiser."""
    fitted: Fitted | None = None
    gpu_percent: float | None = None

    @property
    def the_piece(self) -> Piece:
        """Once it is decoded."""
        return _there(self.piece)

    @property
    def the_heard(self) -> Heard:
        """Once it is heard."""
        return _there(self.heard)

    @property
    def says_something(self) -> bool:
        return self.heard is not None and self.heard.text != ""

    def worked(self, name: StageName, stage: AnyStage, waited_ms: int, took_ms: int) -> None:
        """A stage has given something."""
        engine, model = stage.card.name, stage.offer.model
        self.models[name] = f"{engine}:{model}"
        self.took_ms[name] = took_ms
        self.lineage.add(_KINDS[name], engine=engine, model=model, waited_ms=waited_ms, took_ms=took_ms)

    def silent(self, audio: Audio) -> Result:
        """Nothing is said in the fragment, or nothing of it is left to be spoken."""
        self.translation = self.translation or ""
        return self._result("success", audio=audio)

    def dubbed(self, audio: Audio) -> Result:
        fitted = _there(self.fitted)
        return self._result("partial" if fitted.status == "partial" else "success", audio=audio)

    def failed(
        self, code: ErrorCode, message: str, stage: StageName | None = None, retryable: bool | None = None
    ) -> Result:
        """With all that was produced before it."""
        flag = ERRORS[code].retryable if retryable is None else retryable
        error = FragmentError(code=code, message=message, stage=stage, retryable=flag)
        return self._result("failed", error=error)

    def _result(
        self,
        status: Outcome,
        *,
        audio: Audio | None = None,
        error: FragmentError | None = None,
    ) -> Result:
        heard = self.heard
        return Result(
            status=status,
            dubbed_audio=audio,
            transcript=heard.text if heard else None,
            translated_text=self.translation,
            error=error,
            warnings=list(self.fitted.warnings) or None if self.fitted else None,
            stage_timings=self._timings(),
            metadata=self._metadata(),
        )

    def _timings(self) -> StageTimings | None:
        if not self.took_ms:
            return None
        return StageTimings(**{f"{stage}_ms": took_ms for stage, took_ms in self.took_ms.items()})

    def _metadata(self) -> ResultMetadata:
        told: dict[str, object] = {f"{stage}_model": model for stage, model in self.models.items()}
        told["gpu_utilization"] = self.gpu_percent
        if self.heard:
            told["segments"] = [self._segment(passage) for passage in self.heard.passages]
            told["asr_confidence"] = self.heard.confidence
        if self.fitted:
            told |= {
                "speed_ratio": round(self.fitted.speed_ratio, 4),
                "actual_variance_percent": round(self.fitted.actual_variance_percent, 2),
                "natural_duration_ms": self.fitted.natural_duration_ms,
                "onset_ms": self.fitted.onset_ms,
            }
        told["assets"] = self.lineage.told()
        known = {name: value for name, value in told.items() if value is not None}
        return ResultMetadata.model_validate(known)

    def _segment(self, passage: Passage) -> Segment:
        """In the fragment's time, and in the stream's where that is told; there it may begin earlier."""
        start_ms = max(0, round(passage.start_s * 1000))
        told: dict[str, object] = {
            "start_ms": start_ms,
            "end_ms": max(start_ms, round(passage.end_s * 1000)),
            "text": passage.text,
        }
        if self.piece and self.piece.pts_ns is not None:
            told["pts_ns"] = self.piece.pts_ns + round(passage.start_s * 1e9)
            told["end_pts_ns"] = self.piece.pts_ns + round(passage.end_s * 1e9)
        return Segment.model_validate(told)


def _there(value: T | None) -> T:
    if value is None:
        raise RuntimeError("asked for before it was made")
    return value
