"""WebSocket frames of a worker, masked and ready to be written: nothing is encoded while the clock runs."""

import json
import random
import time
from dataclasses import dataclass
from typing import Any

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA

NUMBER_DIGITS = 8
"""A fragment's id begins with its sequence number in this many digits, so that a reply shows it early."""

HEAD_SIZE = 320
"""Bytes of an event before its audio; the same for all, so that one masked audio fits behind each."""

FORMAT: dict[str, Any] = {"format": "m4a", "sample_rate_hz": 48_000, "channels": 2}
DURATION_MS = 6_000


def new_mask() -> bytes:
    """A masking key none of whose bytes is 0: a library may skip the work for a key of zeros."""
    return bytes(random.randrange(1, 256) for _ in range(4))


def frame(opcode: int, payload: bytes, mask: bytes) -> bytes:
    return _header(opcode, len(payload), mask) + _masked(payload, mask)


def event_frame(event: str, payload: dict[str, Any], mask: bytes) -> bytes:
    return frame(TEXT, _event(event, payload), mask)


def init_frame(stream_id: str, max_inflight: int, mask: bytes) -> bytes:
    config = {"source_language": "en", "target_language": "es", **FORMAT}
    payload = {"stream_id": stream_id, "worker_id": "bench", "config": config, "max_inflight": max_inflight}
    return event_frame("stream:init", payload, mask)


@dataclass(frozen=True, slots=True)
class Audio:
    """The audio that all fragments of a measurement carry, as base64."""

    base64: bytes

    @classmethod
    def of_size(cls, size: int) -> "Audio":
        """Random, so that nothing can be gained from what it holds; `size` is bytes of base64."""
        alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        return cls(bytes(random.choices(alphabet, k=size // 4 * 4)))


@dataclass(frozen=True, slots=True)
class Fragments:
    """A stream's fragments: `heads[n]` and then `tail` is fragment n, `acks[n]` confirms its result."""

    heads: list[bytes]
    tail: bytes
    acks: list[bytes]

    @classmethod
    def build(cls, stream_id: str, audio: Audio, count: int, mask: bytes) -> "Fragments":
        tail = audio.base64 + b'"}}]'
        header = _header(TEXT, HEAD_SIZE + len(tail), mask)
        ids = [_head(stream_id, number) for number in range(count)]
        return cls(
            heads=[header + _masked(head, mask) for _, head in ids],
            # The head is a multiple of 4 long, so the mask begins anew behind it.
            tail=_masked(tail, mask),
            acks=[_ack(fragment_id, mask) for fragment_id, _ in ids],
        )


def _head(stream_id: str, number: int) -> tuple[str, bytes]:
    """Fragment id and everything before the audio; the id takes up what differs in length."""

    def event(fragment_id: str) -> bytes:
        payload = {
            "fragment_id": fragment_id,
            "stream_id": stream_id,
            "sequence_number": number,
            "timestamp": _now_ms(),
            "metadata": {"pts_ns": number * 6_000_000_000, "source_pts_ns": number * 6_000_000_000},
            "audio": {**FORMAT, "duration_ms": DURATION_MS, "data_base64": ""},
        }
        return _event("fragment:data", payload).removesuffix(b'"}}]')

    bare = f"{number:0{NUMBER_DIGITS}d}-"
    fragment_id = bare + "f" * (HEAD_SIZE - len(event(bare)))
    head = event(fragment_id)
    assert len(head) == HEAD_SIZE
    return fragment_id, head


def _ack(fragment_id: str, mask: bytes) -> bytes:
    payload = {"fragment_id": fragment_id, "status": "applied", "timestamp": _now_ms()}
    return event_frame("fragment:ack", payload, mask)


def _event(event: str, payload: dict[str, Any]) -> bytes:
    return b"42" + json.dumps([event, payload], separators=(",", ":")).encode()


def _header(opcode: int, size: int, mask: bytes) -> bytes:
    first = bytes([0x80 | opcode])
    if size < 126:
        return first + bytes([0x80 | size]) + mask
    if size < 1 << 16:
        return first + bytes([0x80 | 126]) + size.to_bytes(2, "big") + mask
    return first + bytes([0x80 | 127]) + size.to_bytes(8, "big") + mask


def _masked(data: bytes, mask: bytes) -> bytes:
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


def _now_ms() -> int:
    return int(time.time() * 1000)
