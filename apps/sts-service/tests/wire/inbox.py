"""What a client has heard, in order of arrival, and ways to wait for more. Every wait has an end."""

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

from wire.contract import Payload
from wire.verdict import Conversation

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Arrival:
    event: str
    payload: Any
    at_s: float
    """Seconds on the loop's clock."""


class ConnectionEnded(Exception):
    """The connection is closed and what was waited for has not come."""


class Inbox:
    """Records every event; `expect` and `collect` take from what has not been read yet."""

    def __init__(self) -> None:
        self.conversation = Conversation(f"{type(self).__name__} {next(_numbers)}")
        self.arrivals: list[Arrival] = []
        self.disconnected = asyncio.Event()
        self._unread: list[Arrival] = []
        self._news = asyncio.Event()

    def receive(self, event: str, arguments: tuple[Any, ...]) -> None:
        self.conversation.hear(event, arguments)
        arrival = Arrival(event, arguments[0] if arguments else None, asyncio.get_running_loop().time())
        self.arrivals.append(arrival)
        self._unread.append(arrival)
        self._news.set()

    def receive_end(self) -> None:
        self.disconnected.set()
        self._news.set()

    def all(self, event: str) -> list[Any]:
        """The payloads of every such event so far, read or not."""
        return [arrival.payload for arrival in self.arrivals if arrival.event == event]

    async def expect(self, event: str, timeout: float = 30, **fields: Any) -> Payload:
        """The next unread `event`; its payload must have these fields."""
        payload = await self._take((event,), None, timeout)
        differing = {name: payload.get(name) for name, value in fields.items() if payload.get(name) != value}
        assert not differing, f"expected {event} with {fields}, it has {differing}: {_shortened(payload)}"
        return payload

    async def next_of(self, *events: str, timeout: float = 30) -> Payload:
        """The payload of whichever of these comes next."""
        return await self._take(events, None, timeout)

    async def collect(self, event: str, count: int, timeout: float = 30) -> list[Payload]:
        """The next `count` unread events of this name, in order."""
        return [await self.expect(event, timeout) for _ in range(count)]

    async def answer(self, event: str, fragment_id: str, timeout: float = 30) -> Payload:
        """The next unread `event` about this fragment; what is about others stays unread."""
        return await self._take((event,), fragment_id, timeout)

    async def expect_end(self, timeout: float = 30) -> None:
        """The connection is closed by the server."""
        try:
            async with asyncio.timeout(timeout):
                await self.disconnected.wait()
        except TimeoutError:
            raise AssertionError(f"still connected after {timeout} s; heard {self.heard()}") from None

    def heard(self) -> str:
        """All of it in short, for the message of a failing test."""
        return "; ".join(f"{arrival.event} {_shortened(arrival.payload)}" for arrival in self.arrivals[-40:])

    async def _take(self, events: tuple[str, ...], fragment_id: str | None, timeout: float) -> Payload:
        wanted = " or ".join(events) + ("" if fragment_id is None else f" of {fragment_id}")
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for arrival in self._unread:
                        if arrival.event in events and _is_about(arrival.payload, fragment_id):
                            self._unread.remove(arrival)
                            payload: Payload = arrival.payload
                            return payload
                    if self.disconnected.is_set():
                        raise ConnectionEnded(f"closed while waiting for {wanted}; heard {self.heard()}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {wanted} within {timeout} s; heard {self.heard()}") from None


def _is_about(payload: Any, fragment_id: str | None) -> bool:
    return fragment_id is None or (isinstance(payload, dict) and payload.get("fragment_id") == fragment_id)


def _shortened(payload: Any) -> str:
    if isinstance(payload, dict):
        return "{" + ", ".join(f"{name}: {_shortened(value)}" for name, value in payload.items()) + "}"
    text = repr(payload)
    return text if len(text) < 120 else text[:120] + "..."
