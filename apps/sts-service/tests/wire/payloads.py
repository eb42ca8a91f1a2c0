"""Good payloads of every event a worker sends, and ways to spoil one field of them."""

import base64
import copy
import random
import time
from typing import Any

from wire.contract import Payload

STREAM = "stream-a"
WORKER = "worker-a"


def init_payload(stream_id: str = STREAM, worker_id: str = WORKER, **changes: Any) -> Payload:
    """`stream:init`; `max_inflight` and `timeout_ms` go to the top, other names into `config`."""
    config: Payload = {
        "source_language": "en",
        "target_language": "es",
        "voice_profile": "default",
        "chunk_duration_ms": 6000,
        "sample_rate_hz": 48000,
        "channels": 2,
        "format": "m4a",
    }
    payload: Payload = {"stream_id": stream_id, "worker_id": worker_id, "config": config}
    for name, value in changes.items():
        (payload if name in {"max_inflight", "timeout_ms"} else config)[name] = value
    return payload


def sound(seed: int, size: int = 300) -> bytes:
    """Bytes that no two sequence numbers share."""
    return random.Random(seed).randbytes(size)


def audio_payload(data: bytes, *, binary: bool = False, **changes: Any) -> Payload:
    audio: Payload = {"format": "m4a", "sample_rate_hz": 48000, "channels": 2, "duration_ms": 6000}
    if binary:
        audio["data"] = data
    else:
        audio["data_base64"] = base64.b64encode(data).decode("ascii")
    return audio | changes


def fragment_payload(
    sequence_number: int,
    *,
    stream_id: str = STREAM,
    fragment_id: str | None = None,
    audio: Payload | None = None,
    **changes: Any,
) -> Payload:
    payload: Payload = {
        "fragment_id": f"{stream_id}-{sequence_number}" if fragment_id is None else fragment_id,
        "stream_id": stream_id,
        "sequence_number": sequence_number,
        "timestamp": now_ms(),
        "audio": audio_payload(sound(sequence_number)) if audio is None else audio,
    }
    return payload | changes


def good_payload(event: str, stream_id: str = STREAM, sequence_number: int = 0) -> Payload:
    """A payload of `event` that nothing is wrong with."""
    match event:
        case "stream:init":
            return init_payload(stream_id)
        case "fragment:data":
            return fragment_payload(sequence_number, stream_id=stream_id)
        case "fragment:ack":
            return {
                "fragment_id": f"{stream_id}-{sequence_number}",
                "status": "applied",
                "timestamp": now_ms(),
            }
        case "fragment:skip":
            return {"stream_id": stream_id, "sequence_numbers": [sequence_number]}
        case "config:error_simulation":
            return {"enabled": False, "rules": []}
        case _:
            return {"stream_id": stream_id}


def rule(trigger: str, value: int | str, error_code: str = "MODEL_ERROR", **more: Any) -> Payload:
    """One rule of `config:error_simulation`."""
    return {"trigger": trigger, "value": value, "error_code": error_code, **more}


def now_ms() -> int:
    return int(time.time() * 1000)


def changed(payload: Payload, path: str, value: Any) -> Payload:
    """A copy with the field at the dotted path set."""
    changed_payload, holder, name = _locate(payload, path)
    holder[name] = value
    return changed_payload


def without(payload: Payload, path: str) -> Payload:
    """A copy without the field at the dotted path."""
    changed_payload, holder, name = _locate(payload, path)
    del holder[name]
    return changed_payload


def _locate(payload: Payload, path: str) -> tuple[Payload, Payload, str]:
    whole = copy.deepcopy(payload)
    *parents, name = path.split(".")
    holder = whole
    for parent in parents:
        holder = holder[parent]
    return whole, holder, name
