"""A result of the service, as the decisions see it."""

from dataclasses import dataclass
from typing import Literal

from media_service.sts.fragment import Answer, Fragment


@dataclass(frozen=True)
class Failure:
    """Why the service failed or refused a fragment."""

    code: str
    message: str
    retryable: bool


@dataclass(frozen=True, eq=False)
class Dub:
    """A result that can be used, as it was read from the wire; the fields are those of `Answer`."""

    fragment_id: str
    sequence_number: int
    status: Literal["success", "partial"]
    audio: bytes
    transcript: str
    translated_text: str
    segments: tuple[tuple[int, int, str], ...]
    processing_time_ms: int
    stage_timings: dict[str, int]
    warnings: tuple[str, ...]

    def answer(self, fragment: Fragment, rtt_ns: int, now_ns: int, *, late: bool) -> Answer:
        deadline_ns = fragment.deadline_ns
        return Answer(
            slot=fragment.slot,
            fragment=fragment,
            status=self.status,
            audio=self.audio,
            transcript=self.transcript,
            translated_text=self.translated_text,
            segments=self.segments,
            processing_time_ms=self.processing_time_ms,
            stage_timings=self.stage_timings,
            warnings=self.warnings,
            rtt_ms=rtt_ns / 1e6,
            margin_ms=None if deadline_ns is None else (deadline_ns - now_ns) / 1e6,
            late=late,
        )
