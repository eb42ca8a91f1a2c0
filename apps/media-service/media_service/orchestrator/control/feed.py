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


class ChangeFeed:
    def __init__(self) -> None:
        self._life = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()

    def publish(self, name: str, fields: object) -> None:
        self._number += 1
        body = orjson.dumps({"at_unix_ms": time.time_ns() // 1_000_000, "what": fields})
        told = b"id: %b-%d\nevent: %b\ndata: %b\n\n" % (
            self._life.encode(),
            self._number,
            name.encode(),
            body,
        )
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
        """With `last_id`, first what came since, as far as it is kept."""
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
        last = int(number) if known else 0
        return [told for count, told in self._kept if count > last]
