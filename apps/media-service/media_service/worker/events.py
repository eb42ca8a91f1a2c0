"""The live events of a worker: what each slot became and every change of state, for all who listen.

Nobody who listens can hold the worker up: who does not keep up is dropped, and may come back with the id of
the last event it saw.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Literal

import orjson

from media_service.metrics.worker import Outcome

KEPT = 200
"""Events that one who comes late, or back, still gets."""

LONGEST_QUEUE = 400
"""Events that may wait for a listener before it is dropped."""


@dataclass(frozen=True, kw_only=True)
class SlotOutcome:
    """A slot was decided: its dub plays, or the original does."""

    NAME: ClassVar[str] = "slot"

    batch_number: int
    fragment_id: str | None
    """None where none was made for it"""
    start_ns: int
    """media time since the run's start"""
    duration_ns: int
    outcome: Outcome
    reason: str | None = None
    """why it fell back"""
    transcript: str | None = None
    translation: str | None = None
    segments: tuple[tuple[int, int, str], ...] = ()
    """of the transcript: start and end in milliseconds from the slot's start, and the words"""
    margin_ms: float | None = None
    """how early the answer was; below 0: late"""
    rtt_ms: float | None = None
    processing_ms: int | None = None
    stage_ms: dict[str, int] | None = None
    """recognition, translation, voice, where the service tells"""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StateChange:
    """Something that an operator would want to know has changed."""

    NAME: ClassVar[str] = "change"

    what: Literal["state", "mode", "input", "output", "sts", "breaker", "advice"]
    to: str
    before: str | None = None
    who: str | None = None
    """where a person did it"""
    reason: str | None = None
    needed_offset_ms: int | None = None


Event = SlotOutcome | StateChange


class Listener:
    """The events that wait for one who listens."""

    def __init__(self, missed: list[bytes]) -> None:
        self._waiting = deque(missed)
        self._something = asyncio.Event()
        self.is_open = True
        self.was_too_slow = False
        if missed:
            self._something.set()

    def offer(self, event: bytes) -> None:
        if len(self._waiting) >= LONGEST_QUEUE:
            self.was_too_slow = True
            self._waiting.clear()
            self.close()
            return
        self._waiting.append(event)
        self._something.set()

    def close(self) -> None:
        """Nothing more comes."""
        self.is_open = False
        self._something.set()

    async def take(self) -> bytes:
        """Everything that waits, at least one event; empty when closed and all is taken."""
        while self.is_open and not self._waiting:
            self._something.clear()
            await self._something.wait()
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


class Feed:
    """Of one run. `unix_ms` is the wall clock."""

    def __init__(self, run_id: str, unix_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._run_id = run_id
        self._unix_ms = unix_ms
        self._number = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()

    def __len__(self) -> int:
        """Who listens now."""
        return len(self._listeners)

    def publish(self, event: Event) -> None:
        self._number += 1
        body = orjson.dumps({"at_unix_ms": self._unix_ms(), **_fields(event)})
        told = b"id: %b-%d\nevent: %b\ndata: %b\n\n" % (
            self._run_id.encode(),
            self._number,
            event.NAME.encode(),
            body,
        )
        self._kept.append((self._number, told))
        for listener in tuple(self._listeners):
            listener.offer(told)
            if not listener.is_open:
                self._listeners.discard(listener)

    @contextmanager
    def listen(self, last_id: str | None = None) -> Iterator[Listener]:
        """With `last_id`, first what was published since; with an id of another run, all that is kept."""
        listener = Listener([] if last_id is None else self._since(last_id))
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            listener.close()
            self._listeners.discard(listener)

    def close(self) -> None:
        """The run is over: everybody gets what waits, and is sent home."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    def _since(self, last_id: str) -> list[bytes]:
        run_id, _, number = last_id.rpartition("-")
        known = run_id == self._run_id and number.isascii() and number.isdigit() and len(number) < 20
        last = int(number) if known else 0
        return [told for count, told in self._kept if count > last]


def _fields(event: Event) -> dict[str, object]:
    return {name: value for name, value in vars(event).items() if value is not None}
