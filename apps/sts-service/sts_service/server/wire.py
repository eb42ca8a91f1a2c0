"""One WebSocket under Engine.IO: screened on the way in, timed and bounded on the way out."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextvars import ContextVar
from typing import Any

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
AsgiSend = Callable[[Event], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, AsgiSend], Awaitable[None]]

WIRE_KEY = "livedub.wire"
ABORT_EXTENSION = "livedub.abort"

WRITE_TIMEOUT_S = 10.0
"""A peer that takes nothing for this long is cut."""

OUTBOX_MAX_BYTES = 32 * 1024 * 1024
"""What may wait for a peer, beyond the message being written."""

NOT_AN_EVENT = "42"
"""An event packet without an event: unreadable frames are turned into it, and so are answered."""


class OutboxFull(Exception):
    """The peer does not take what it is sent."""


class Outbox(asyncio.Queue[Any]):
    """Engine.IO's queue to one peer, bounded by bytes; a message always fits into an empty one."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = 0

    def put_nowait(self, item: Any) -> None:
        if self._bytes > OUTBOX_MAX_BYTES and item is not None:
            raise OutboxFull
        super().put_nowait(item)

    async def put(self, item: Any) -> None:
        self.put_nowait(item)

    def _put(self, item: Any) -> None:
        self._bytes += _size(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self._bytes -= _size(item)
        return item

    def clear(self) -> None:
        """Forgets what was never sent."""
        while not self.empty():
            self.get_nowait()


def _size(item: Any) -> int:
    data = getattr(item, "data", None)
    return len(data) if isinstance(data, str | bytes) else 0


class Wire:
    """The ASGI `receive` and `send` that Engine.IO gets in place of the web server's own.

    It owns what Engine.IO makes for this connection, the outbox and the ping timers: left alone they would
    outlive a connection that is gone by half a minute.
    """

    def __init__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        self._receive = receive
        self._send = send
        self._abort: Callable[[], None] | None = (
            scope.get("extensions", {}).get(ABORT_EXTENSION, {}).get("abort")
        )
        self.outbox = Outbox()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.admitted = False
        """The Socket.IO handshake has succeeded."""

    async def receive(self) -> Event:
        event = await self._receive()
        if event["type"] == "websocket.receive" and not self._readable(event):
            return {"type": "websocket.receive", "text": NOT_AN_EVENT}
        return event

    async def send(self, event: Event) -> None:
        overdue = asyncio.get_running_loop().call_later(WRITE_TIMEOUT_S, self.abort)
        try:
            await self._send(event)
        finally:
            overdue.cancel()

    def abort(self) -> None:
        """Drops the connection at once, with whatever waits to be written."""
        if self._abort:
            self._abort()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[Any]:
        """Starts a task that ends with the connection at the latest."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def end(self) -> None:
        """The connection is closed: nothing of it stays."""
        self.outbox.clear()
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _readable(self, event: Event) -> bool:
        """Engine.IO ends a connection with a traceback over frames that it cannot read."""
        text = event.get("text")
        if text is None:
            return self.admitted
        if text.startswith("4"):
            return text[1:2].isascii() and text[1:2].isdigit() and (self.admitted or text[1] != "5")
        return text in ("1", "3")


CURRENT_WIRE: ContextVar[Wire] = ContextVar("current_wire")
"""The connection for which the running code works."""


class Guard:
    """ASGI middleware in front of Engine.IO: bounds the WebSockets, and puts a `Wire` in between."""

    def __init__(self, app: AsgiApp, max_wires: int, handshake_timeout_s: float) -> None:
        self._app = app
        self._max_wires = max_wires
        self._handshake_timeout_s = handshake_timeout_s
        self._wires: set[Wire] = set()
        self._empty = asyncio.Event()
        self.departures = 0
        self.closed = False
        """No new connections (the server is shutting down)."""

    async def all_gone(self, timeout_s: float) -> None:
        """Waits until no connection is open, or for as long as that."""
        if self._wires:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._empty.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        if self.closed or len(self._wires) >= self._max_wires:
            reason = "the server is shutting down" if self.closed else "too many connections"
            await refuse_upgrade(send, 503, reason)
            return
        wire = Wire(scope, receive, send)
        self._wires.add(wire)
        loop = asyncio.get_running_loop()
        handshake = loop.call_later(self._handshake_timeout_s, self._end_handshake, wire)
        CURRENT_WIRE.set(wire)
        try:
            await self._app({**scope, WIRE_KEY: wire}, wire.receive, wire.send)
        finally:
            handshake.cancel()
            await wire.end()
            self._wires.discard(wire)
            self.departures += 1
            if not self._wires:
                self._empty.set()

    def _end_handshake(self, wire: Wire) -> None:
        if not wire.admitted:
            wire.abort()


async def refuse_upgrade(send: AsgiSend, status: int, reason: str) -> None:
    """Answers a WebSocket handshake with an HTTP error."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"1")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": reason.encode() + b"\n"})
