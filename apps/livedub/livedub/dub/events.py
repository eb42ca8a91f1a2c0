"""The worker's live events, from the bytes of its feed. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

Outcome = Literal["dubbed", "partial", "fallback"]


@dataclass(frozen=True)
class Segment:
    """A piece of what was said; times are of the media, from the output's start."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class Slot:
    """What became of one fragment."""

    number: int
    start_ms: int
    end_ms: int
    outcome: Outcome
    reason: str | None
    transcript: str
    translation: str
    segments: tuple[Segment, ...]

    @property
    def heard(self) -> Literal["dubbed", "without speech", "original"]:
        """What a listener hears in it."""
        if self.outcome == "fallback":
            return "original"
        return "dubbed" if self.transcript.strip() else "without speech"


@dataclass(frozen=True)
class Change:
    """An end of the stream, the speech service or the breaker is in another state."""

    what: str
    to: str
    reason: str | None


@dataclass(frozen=True)
class Told:
    """An event with its place among the worker's events, from 1."""

    number: int
    id: str
    event: Slot | Change


class Feed:
    """Takes the bytes as they come."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[bytes, bytes] = {}

    def take(self, data: bytes) -> Iterator[Told]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line:
                name, _, value = line.partition(b": ")
                self._fields[name] = value
                continue
            fields, self._fields = self._fields, {}
            if b"data" in fields and b"id" in fields:
                event_id = fields[b"id"].decode()
                event = _event(fields.get(b"event", b""), orjson.loads(fields[b"data"]))
                if event is not None:
                    yield Told(int(event_id.rpartition("-")[2]), event_id, event)


def _event(name: bytes, body: Mapping[str, Any]) -> Slot | Change | None:
    if name == b"change":
        return Change(body["what"], body["to"], body.get("reason"))
    if name != b"slot":
        return None
    start_ms = body["start_ns"] // 1_000_000
    return Slot(
        number=body["batch_number"],
        start_ms=start_ms,
        end_ms=(body["start_ns"] + body["duration_ns"]) // 1_000_000,
        outcome=body["outcome"],
        reason=body.get("reason"),
        transcript=body.get("transcript", ""),
        translation=body.get("translation", ""),
        segments=tuple(
            Segment(start_ms + start, start_ms + end, text) for start, end, text in body.get("segments", ())
        ),
    )
