"""A stream to be stored."""

from dataclasses import replace
from typing import Any

from media_service.orchestrator.store.records import Stream

STREAM = Stream(
    stream_id="match",
    origin="hook",
    input_url=None,
    output_url="rtmp://cdn.test/live/key",
    source_language="en",
    target_language="es",
    voice="anna",
    mix="duck",
    forward_urls=("rtmp://a.test/live/k1", "rtmp://b.test/live/k2"),
    enabled=True,
    mode="original",
    source="a-1",
    created_unix_ms=1,
    updated_unix_ms=2,
)


def stream(stream_id: str = "match", **changes: Any) -> Stream:
    return replace(STREAM, stream_id=stream_id, **changes)
