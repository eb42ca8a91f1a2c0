"""How a refusal becomes the `error` event."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from dubbing_protocol import ERRORS, ErrorCode, ErrorEvent
from dubbing_protocol.model import FragmentId, Name
from pydantic import TypeAdapter, ValidationError

_NAME = TypeAdapter(Name)
_FRAGMENT_ID = TypeAdapter(FragmentId)


def error_event(
    code: ErrorCode,
    message: str,
    *,
    stream_id: str | None = None,
    fragment_id: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> ErrorEvent:
    """The event for a code; severity and `retryable` come from the table."""
    kind = ERRORS[code]
    return ErrorEvent(
        error_id=str(uuid4()),
        stream_id=stream_id,
        fragment_id=fragment_id,
        code=code,
        message=message,
        severity=kind.severity,
        retryable=kind.retryable,
        metadata=metadata,
    )


def claimed_ids(payload: object) -> dict[str, str]:
    """The ids that a refused payload gave, where they are ids at all."""
    if not isinstance(payload, Mapping):
        return {}
    ids = {}
    for key, adapter in (("stream_id", _NAME), ("fragment_id", _FRAGMENT_ID)):
        try:
            ids[key] = adapter.validate_python(payload.get(key), strict=True)
        except ValidationError:
            continue
    return ids
