"""Settings that are right, to be made wrong one at a time."""

from typing import Any

from media_service.config import WorkerSettings

RIGHT: dict[str, Any] = {
    "stream_id": "match-1",
    "input_url": "rtmp://source.example/live/in",
    "output_url": "rtmp://viewers.example/live/out",
    "sts_service_url": "http://127.0.0.1:8000",
    "source_language": "en",
    "target_language": "es",
}
PASSTHROUGH: dict[str, Any] = {
    "stream_id": "talk",
    "input_url": "rtsp://source.example/talk",
    "output_url": "srt://viewers.example:9000",
    "sts_mode": "passthrough",
}


def made(**changes: Any) -> WorkerSettings:
    return WorkerSettings(**{**RIGHT, **changes})


def arguments(**changes: Any) -> list[str]:
    rows = {**RIGHT, **changes}
    return [f"--{name.replace('_', '-')}={value}" for name, value in rows.items() if value is not None]
