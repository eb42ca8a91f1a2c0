"""What a session is held to, and what it asks the connection to do."""

from dataclasses import dataclass, field
from typing import Self

from dubbing_protocol import CloseReason, FragmentData, FragmentProcessed, Message

from sts_service.server.flow import Thresholds
from sts_service.server.processor import Result
from sts_service.server.statistics import Delivery


@dataclass(frozen=True, slots=True)
class Limits:
    """What a session holds its stream to."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    fragment_max_bytes: int = 10_485_760
    """Of base64."""
    fragment_rate_per_min: int = 600
    auto_disconnect_delay_s: float = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One acceptance of a fragment; a retry is another one."""

    fragment: FragmentData
    accepted_at: float
    deadline: float
    failure_before: Delivery | None = None
    """The delivery that this retry replaces."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A fragment's result, ready to leave when its turn comes."""

    work: Work
    message: FragmentProcessed
    delivery: Delivery
    withheld: bool
    """Counted, but not sent."""

    @classmethod
    def of(cls, work: Work, result: Result, now: float) -> Self:
        """What the work's result says to the worker."""
        fragment = work.fragment
        processing_ms = max(0, round((now - work.accepted_at) * 1000))
        message = FragmentProcessed(
            fragment_id=fragment.fragment_id,
            stream_id=fragment.stream_id,
            sequence_number=fragment.sequence_number,
            status=result.status,
            dubbed_audio=result.dubbed_audio,
            transcript=result.transcript,
            translated_text=result.translated_text,
            processing_time_ms=processing_ms,
            stage_timings=result.stage_timings,
            error=result.error,
            warnings=result.warnings,
            metadata=result.metadata,
        )
        retryable = result.error is not None and result.error.retryable
        return cls(
            work,
            message,
            Delivery(fragment.sequence_number, result.status, retryable, processing_ms),
            result.withheld,
        )


@dataclass(frozen=True, slots=True)
class Send:
    """Send this message."""

    message: Message


@dataclass(frozen=True, slots=True)
class Start:
    """Begin this work, and report its end with `Session.finished`."""

    work: Work


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for this work any more."""

    work: Work


@dataclass(frozen=True, slots=True)
class CloseAfter:
    """Close the connection this much later."""

    reason: CloseReason
    delay_s: float


Effect = Send | Start | Cancel | CloseAfter
