"""Every error code, the rule that decides what a client may do about it, and the `error` event.

Blame                     retryable   severity
├── DENIED      the key      no        fatal
├── WRONG       the input    no        error
├── GIVEN_UP    the worker   no        warning
├── BUSY        the load     yes       warning
└── BROKE       the server   yes       error
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from dubbing_protocol.model import FragmentId, Message, Name, Uuid

Severity = Literal["warning", "error", "fatal"]


class ErrorCode(StrEnum):
    """The codes of protocol version 1."""

    AUTH_FAILED = "AUTH_FAILED"
    STREAM_NOT_FOUND = "STREAM_NOT_FOUND"
    INVALID_CONFIG = "INVALID_CONFIG"
    INVALID_VOICE_PROFILE = "INVALID_VOICE_PROFILE"
    INVALID_PAYLOAD = "INVALID_PAYLOAD"
    INVALID_AUDIO = "INVALID_AUDIO"
    FRAGMENT_TOO_LARGE = "FRAGMENT_TOO_LARGE"
    INVALID_SEQUENCE = "INVALID_SEQUENCE"
    DUPLICATE_FRAGMENT = "DUPLICATE_FRAGMENT"
    STREAM_PAUSED = "STREAM_PAUSED"
    BACKPRESSURE_EXCEEDED = "BACKPRESSURE_EXCEEDED"
    QUEUE_FULL = "QUEUE_FULL"
    RATE_LIMIT = "RATE_LIMIT"
    TIMEOUT = "TIMEOUT"
    MODEL_ERROR = "MODEL_ERROR"
    GPU_OOM = "GPU_OOM"
    TRANSLATION_API_UNAVAILABLE = "TRANSLATION_API_UNAVAILABLE"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    SYNTHESIS_FAILED = "SYNTHESIS_FAILED"
    UNSUPPORTED_LANGUAGE = "UNSUPPORTED_LANGUAGE"
    DURATION_MISMATCH_EXCEEDED = "DURATION_MISMATCH_EXCEEDED"
    CANCELLED = "CANCELLED"


class Blame(Enum):
    """Who has to change something; `retryable` and severity follow from it."""

    DENIED = (False, "fatal")
    WRONG = (False, "error")
    GIVEN_UP = (False, "warning")
    BUSY = (True, "warning")
    BROKE = (True, "error")


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """A row of the table."""

    code: ErrorCode
    blame: Blame
    when: str

    @property
    def retryable(self) -> bool:
        return bool(self.blame.value[0])

    @property
    def severity(self) -> Severity:
        severity: Severity = self.blame.value[1]
        return severity


_TABLE = (
    ErrorKind(ErrorCode.AUTH_FAILED, Blame.DENIED, "the key is wrong or missing"),
    ErrorKind(
        ErrorCode.STREAM_NOT_FOUND, Blame.WRONG, "this connection has no active session for the stream"
    ),
    ErrorKind(ErrorCode.INVALID_CONFIG, Blame.WRONG, "stream:init is malformed, unsupported or in conflict"),
    ErrorKind(ErrorCode.INVALID_VOICE_PROFILE, Blame.WRONG, "the voice profile is not in voices.json"),
    ErrorKind(ErrorCode.INVALID_PAYLOAD, Blame.WRONG, "any other event is malformed"),
    ErrorKind(
        ErrorCode.INVALID_AUDIO, Blame.WRONG, "the audio is not base64, or not what it is declared to be"
    ),
    ErrorKind(ErrorCode.FRAGMENT_TOO_LARGE, Blame.WRONG, "the audio is over the size limit"),
    ErrorKind(ErrorCode.INVALID_SEQUENCE, Blame.WRONG, "the number is used, given up, or too far ahead"),
    ErrorKind(ErrorCode.DUPLICATE_FRAGMENT, Blame.WRONG, "the id is in flight or has been answered"),
    ErrorKind(ErrorCode.STREAM_PAUSED, Blame.BUSY, "a fragment came while the stream was paused"),
    ErrorKind(ErrorCode.BACKPRESSURE_EXCEEDED, Blame.BUSY, "the stream has too many fragments in flight"),
    ErrorKind(
        ErrorCode.QUEUE_FULL,
        Blame.BUSY,
        "the server has too many fragments in flight, or no room for another stream",
    ),
    ErrorKind(ErrorCode.RATE_LIMIT, Blame.BUSY, "too many connections or fragments in a short time"),
    ErrorKind(ErrorCode.TIMEOUT, Blame.BROKE, "a stage or the fragment ran out of time"),
    ErrorKind(ErrorCode.MODEL_ERROR, Blame.BROKE, "an engine failed"),
    ErrorKind(ErrorCode.GPU_OOM, Blame.BROKE, "the GPU ran out of memory"),
    ErrorKind(ErrorCode.TRANSLATION_API_UNAVAILABLE, Blame.BROKE, "the translation provider is unreachable"),
    ErrorKind(ErrorCode.RATE_LIMIT_EXCEEDED, Blame.BROKE, "the translation provider's rate limit"),
    ErrorKind(ErrorCode.SYNTHESIS_FAILED, Blame.WRONG, "the text cannot be spoken"),
    ErrorKind(ErrorCode.UNSUPPORTED_LANGUAGE, Blame.WRONG, "a stage cannot serve the language"),
    ErrorKind(ErrorCode.DURATION_MISMATCH_EXCEEDED, Blame.WRONG, "the dub does not fit its slot"),
    ErrorKind(ErrorCode.CANCELLED, Blame.GIVEN_UP, "the worker skipped the fragment while it was in flight"),
)

ERRORS: Mapping[ErrorCode, ErrorKind] = MappingProxyType({kind.code: kind for kind in _TABLE})


class ErrorEvent(Message):
    """Something the worker did was refused, or a gap was given up; the connection goes on."""

    error_id: Uuid
    """A UUID, also in the server's log."""
    stream_id: Name | None = None
    fragment_id: FragmentId | None = None
    code: Annotated[ErrorCode, Field(strict=False)] | str
    """One of the table; a client meeting one it does not know goes by `retryable`."""
    message: str
    """One line for the log."""
    severity: Severity
    retryable: bool
    """The same thing may be sent again."""
    metadata: dict[str, Any] | None = None
    """`errors`: each wrong field; `missing`: the numbers of a gap."""


def field_errors(error: ValidationError, limit: int = 20) -> list[dict[str, str]]:
    """Each wrong field of a refused payload and why, without the value: it may be audio or a secret."""
    return [
        {"field": ".".join(str(part) for part in item["loc"]) or "(payload)", "problem": _problem(item)}
        for item in error.errors(include_url=False, include_context=False, include_input=False)[:limit]
    ]


def _problem(item: ErrorDetails) -> str:
    return "must be an object" if item["type"] == "model_type" else item["msg"]
