"""The `fragment:*` family: audio in, results out."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from dubbing_protocol.errors import ErrorCode
from dubbing_protocol.model import (
    AudioFormat,
    Channels,
    Count,
    FragmentId,
    Message,
    Milliseconds,
    Name,
    SampleRate,
    SequenceNumber,
    Stage,
    UnixMs,
)

Outcome = Literal["success", "partial", "failed"]

MAX_SKIPPED_AT_ONCE = 1000

Attachment = Annotated[
    bytes,
    WithJsonSchema(
        {
            "x-socketio-attachment": True,
            "description": "A Socket.IO binary attachment; bytes once the packet is put together.",
        }
    ),
]


class Audio(Message):
    """A piece of sound, as base64 text or as a binary attachment: exactly one of the two."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["data_base64"], "properties": {"data_base64": {"type": "string"}}},
                {"required": ["data"], "properties": {"data": {"not": {"type": "null"}}}},
            ],
        }
    )

    format: AudioFormat
    """That of `stream:init`."""
    sample_rate_hz: SampleRate
    """Hertz; that of `stream:init`."""
    channels: Channels
    """That of `stream:init`."""
    duration_ms: Annotated[int, Field(ge=1, le=60_000)]
    """Milliseconds, rounded; `samples` decides where present."""
    samples: Annotated[int, Field(ge=1, le=60 * 48_000)] | None = None
    """Exact length per channel, after the M4A edit list."""
    data_base64: str | None = None
    """Standard base64 with padding, no line breaks."""
    data: Attachment | None = None
    """The same bytes as a binary attachment; only where the server offers `binary_audio`."""

    @model_validator(mode="after")
    def _one_payload(self) -> Self:
        if (self.data_base64 is None) == (self.data is None):
            raise PydanticCustomError("audio_data", "exactly one of data_base64 and data is needed")
        return self

    @property
    def size_base64(self) -> int:
        """Bytes this payload takes (or would take) as base64; the size limit is stated in these."""
        if self.data is not None:
            return (len(self.data) + 2) // 3 * 4
        return len(self.data_base64 or "")


class FragmentMetadata(Message):
    """Anything the worker wants to have with the fragment; these keys have a meaning."""

    pts_ns: int | None = None
    """Nanoseconds of stream time at the fragment's first sample."""
    source_pts_ns: int | None = None
    """Nanoseconds, as the source stamped it."""

    @property
    def traceparent(self) -> str | None:
        """The trace that the fragment's work is a part of, as W3C Trace Context writes it; not checked.

        No field, for a wrong one is to be ignored, and not to be an error.
        """
        told = (self.model_extra or {}).get("traceparent")
        return told if isinstance(told, str) else None


class FragmentData(Message):
    """One fragment of source speech."""

    fragment_id: FragmentId
    stream_id: Name
    sequence_number: SequenceNumber
    timestamp: UnixMs
    """Unix milliseconds at sending."""
    audio: Audio
    metadata: FragmentMetadata | None = None


class ResultAck(Message):
    """The worker confirms a result."""

    fragment_id: FragmentId
    status: Literal["received", "applied"]
    """`applied`: it went on air; `received`: it came, and was not used."""
    timestamp: UnixMs
    """Unix milliseconds at sending."""


class FragmentSkip(Message):
    """The worker gives these numbers up: missing ones are closed silently, work in flight is cancelled."""

    stream_id: Name
    sequence_numbers: Annotated[list[SequenceNumber], Field(min_length=1, max_length=MAX_SKIPPED_AT_ONCE)]


class FragmentAck(Message):
    """The server has accepted a fragment; sent before any work on it begins."""

    fragment_id: FragmentId
    status: Literal["queued", "processing"]
    """`queued`: others of this stream are ahead of it."""
    queue_position: Count | None = None
    """Fragments of this stream ahead of it."""
    estimated_completion_ms: Milliseconds | None = None
    """Milliseconds until its result, going by this stream's latest ones."""


class StageTimings(Message):
    """Where the time went."""

    asr_ms: Milliseconds | None = None
    """Milliseconds."""
    translation_ms: Milliseconds | None = None
    """Milliseconds."""
    tts_ms: Milliseconds | None = None
    """Milliseconds."""


class FragmentError(Message):
    """Why a fragment failed."""

    code: Annotated[ErrorCode, Field(strict=False)] | str
    """One of the table; a client meeting one it does not know goes by `retryable`."""
    message: str
    """One line for the log."""
    stage: Stage | None = None
    """The stage that failed, where one did."""
    retryable: bool
    """The same fragment may be sent again, under the same id and number."""


class Segment(Message):
    """A stretch of the transcript."""

    start_ms: Milliseconds
    """Milliseconds from the fragment's first sample."""
    end_ms: Milliseconds
    """Milliseconds from the fragment's first sample."""
    text: str


class ResultMetadata(Message):
    """How the result came about; engines add what they know."""

    asr_model: str | None = None
    translation_model: str | None = None
    tts_model: str | None = None
    gpu_utilization: float | None = None
    """Percent."""
    speed_ratio: float | None = None
    """Spoken this much faster than natural."""
    actual_variance_percent: float | None = None
    """Percent of the slot that the dub was too long."""
    segments: list[Segment] | None = None


class FragmentProcessed(Message):
    """The one answer to an accepted fragment, in sequence order."""

    fragment_id: FragmentId
    stream_id: Name
    sequence_number: SequenceNumber
    status: Outcome
    dubbed_audio: Audio | None = None
    """In the stream's own format, rate and channel count."""
    transcript: str | None = None
    """What was said."""
    translated_text: str | None = None
    """What is said in the dub."""
    processing_time_ms: Milliseconds
    """Milliseconds from acceptance to the end of the work."""
    stage_timings: StageTimings | None = None
    error: FragmentError | None = None
    """Present when `status` is `failed`."""
    warnings: list[str] | None = None
    """`duration_variance_high`, `speed_clamped`, ..."""
    metadata: ResultMetadata | None = None
