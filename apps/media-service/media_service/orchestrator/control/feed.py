"""The changes of all streams, for those who listen; the one who does not keep up is hung up on."""

import secrets
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from media_service.orchestrator.errors import TooMany
from media_service.worker.events import Listener

KEPT = 200
MOST_LISTENERS = 64
RESET = b'id: %b\nevent: reset\ndata: {"what": null}\n\n'
"""Something was missed: ask for everything anew."""


class ChangeFeed:
    def __init__(self) -> None:
        self._life = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()

    @property
    def last_id(self) -> str:
        """Of the newest event that is kept; who has it has missed nothing."""
        return f"{self._life}-{self._number}"

    def publish(self, name: str, fields: object, *, kept: bool = True) -> None:
        """`kept`: also for those who come back later."""
        body = orjson.dumps({"at_unix_ms": time.time_ns() // 1_000_000, "what": fields})
        told = b"event: %b\ndata: %b\n\n" % (name.encode(), body)
        if kept:
            self._number += 1
            told = b"id: %b\n%b" % (self.last_id.encode(), told)
            self._kept.append((self._number, told))
        for listener in tuple(self._listeners):
            listener.offer(told)
            if not listener.is_open:
                self._listeners.discard(listener)

    def check_room(self) -> None:
        """Raises `TooMany`."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise TooMany(f"{MOST_LISTENERS} listen already")

    @contextmanager
    def listen(self, last_id: str | None) -> Iterator[Listener]:
        """With `last_id`, first what came since; `reset` where that is not known any more."""
        listener = Listener([] if last_id is None else self._since(last_id))
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            listener.close()
            self._listeners.discard(listener)

    def close(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    def _since(self, last_id: str) -> list[bytes]:
        life, _, number = last_id.rpartition("-")
        known = life == self._life and number.isascii() and number.isdigit() and len(number) < 20
        last = int(number) if known else -1
        missed = [told for count, told in self._kept if count > last]
        is_whole = known and last <= self._number <= last + len(missed)
        # The id goes with it: who comes back once more has what is told from here on.
        return missed if is_whole else [RESET % self.last_id.encode(), *missed]
