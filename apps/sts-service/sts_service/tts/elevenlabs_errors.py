"""What ElevenLabs' refusals mean. Codes only: its messages may quote the text."""

import json

from dubbing_protocol import ErrorCode

from sts_service.engines import EngineError

_NOT_THE_TEXT = frozenset(
    {"quota_exceeded", "too_many_concurrent_requests", "system_busy", "rate_limit_exceeded"}
)


def refused(status: int, body: bytes) -> EngineError:
    """`status` from 400 on."""
    detail = _detail(body)
    if detail == "quota_exceeded" or status == 402:
        return EngineError(
            ErrorCode.RATE_LIMIT_EXCEEDED,
            f"ElevenLabs: the account's quota is used up ({status})",
            retryable=False,
        )
    if status == 429 or detail in _NOT_THE_TEXT:
        return EngineError(ErrorCode.RATE_LIMIT_EXCEEDED, f"ElevenLabs: too many requests ({status})")
    if status >= 500:
        return EngineError(ErrorCode.MODEL_ERROR, f"ElevenLabs is in trouble ({status})")
    if status in (401, 403):
        return EngineError(ErrorCode.MODEL_ERROR, f"ElevenLabs refuses the key ({status})", retryable=False)
    if status == 404:
        return EngineError(ErrorCode.MODEL_ERROR, "ElevenLabs does not know the voice (404)", retryable=False)
    return EngineError(ErrorCode.SYNTHESIS_FAILED, f"ElevenLabs refuses the text ({status})")


def _detail(body: bytes) -> str:
    """The API's own code of the error; empty where there is none."""
    try:
        detail = json.loads(body)["detail"]
        return str(detail.get("status") or detail.get("code") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
