"""The W3C's `traceparent`, read from whoever sends one."""

import re
from dataclasses import dataclass

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
LONGEST = 256


@dataclass(frozen=True, slots=True)
class Context:
    trace_id: int
    span_id: int
    sampled: bool


def read(text: str | None) -> Context | None:
    """None where it is malformed."""
    if text is None or len(text) > LONGEST or (found := _FORM.fullmatch(text)) is None:
        return None
    version, trace, span, flags, more = found.groups()
    if version == "ff" or (version == "00" and more is not None):
        return None
    trace_id, span_id = int(trace, 16), int(span, 16)
    if not trace_id or not span_id:
        return None
    return Context(trace_id, span_id, bool(int(flags, 16) & 1))


def write(context: Context) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.sampled):02x}"
