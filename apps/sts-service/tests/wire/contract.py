"""The tables of the protocol page, written down a second time so that the tests do not ask the server."""

from typing import Any, NamedTuple

Payload = dict[str, Any]


class Row(NamedTuple):
    retryable: bool
    severity: str


NO_FATAL = Row(retryable=False, severity="fatal")
NO_ERROR = Row(retryable=False, severity="error")
NO_WARNING = Row(retryable=False, severity="warning")
YES_ERROR = Row(retryable=True, severity="error")
YES_WARNING = Row(retryable=True, severity="warning")

ERROR_TABLE: dict[str, Row] = {
    "AUTH_FAILED": NO_FATAL,
    "STREAM_NOT_FOUND": NO_ERROR,
    "INVALID_CONFIG": NO_ERROR,
    "INVALID_VOICE_PROFILE": NO_ERROR,
    "INVALID_PAYLOAD": NO_ERROR,
    "INVALID_AUDIO": NO_ERROR,
    "FRAGMENT_TOO_LARGE": NO_ERROR,
    "INVALID_SEQUENCE": NO_ERROR,
    "DUPLICATE_FRAGMENT": NO_ERROR,
    "STREAM_PAUSED": YES_WARNING,
    "BACKPRESSURE_EXCEEDED": YES_WARNING,
    "QUEUE_FULL": YES_WARNING,
    "RATE_LIMIT": YES_WARNING,
    "TIMEOUT": YES_ERROR,
    "MODEL_ERROR": YES_ERROR,
    "GPU_OOM": YES_ERROR,
    "TRANSLATION_API_UNAVAILABLE": YES_ERROR,
    "RATE_LIMIT_EXCEEDED": YES_ERROR,
    "SYNTHESIS_FAILED": NO_ERROR,
    "UNSUPPORTED_LANGUAGE": NO_ERROR,
    "DURATION_MISMATCH_EXCEEDED": NO_ERROR,
    "CANCELLED": NO_WARNING,
}

PRESSURE: dict[str, tuple[str, int]] = {
    "low": ("none", 0),
    "medium": ("slow_down", 500),
    "high": ("pause", 1000),
}
"""Severity to the action asked for and the milliseconds recommended."""

WINDOW = 10
"""W: the cap on fragments in flight of a stream, and how far ahead of `next` one may be."""

TO_SERVER = (
    "stream:init",
    "fragment:data",
    "fragment:ack",
    "fragment:skip",
    "stream:pause",
    "stream:resume",
    "stream:end",
    "config:error_simulation",
)

TO_WORKER = (
    "stream:ready",
    "fragment:ack",
    "fragment:processed",
    "backpressure",
    "stream:complete",
    "stream:closed",
    "error",
    "config:error_simulation:ack",
)

CLOSE_REASONS = {"completed", "taken_over", "idle", "shutdown"}
