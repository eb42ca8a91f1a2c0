"""Engine.IO for WebSockets only: python-engineio with bounded queues, owned timers and a lean loop.

The library's own loop also serves long polling, and pays for it with two tasks and two timers a message.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

import engineio
from engineio import exceptions
from engineio.async_socket import AsyncSocket
from engineio.packet import OPEN, PING, Packet

from sts_service.server.wire import CURRENT_WIRE, Outbox

MESSAGES_A_TURN = 8
"""Whoever sends many messages at once lets the others have a turn of the loop after so many of them."""


class _Socket(AsyncSocket):  # type: ignore[misc]
    """One client's Engine.IO state; its owner is the task that serves the WebSocket."""

    async def poll(self) -> list[Packet]:
        """What is to be written now; nothing where the connection is to be closed."""
        packets = [await self.queue.get()]
        while not self.queue.empty():
            packets.append(self.queue.get_nowait())
        if None in packets:
            del packets[packets.index(None) :]
            self.queue.put_nowait(None)
        return packets

    async def _websocket_handler(self, ws: Any) -> None:
        self.connected = self.upgraded = True
        writer = asyncio.create_task(self._write(ws))
        try:
            while True:
                for _ in range(MESSAGES_A_TURN):
                    await self.receive(Packet(encoded_packet=await ws.wait()))
                await asyncio.sleep(0)
        except (OSError, exceptions.SocketIsClosedError):
            pass  # how the end of a WebSocket is told
        finally:
            self.queue.put_nowait(None)
            await writer
            await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _write(self, ws: Any) -> None:
        with contextlib.suppress(Exception):  # each web server has its own way to say that the peer has gone
            while packets := await self.poll():
                for packet in packets:
                    await ws.send(packet.encode())
        await ws.close()

    async def _send_ping(self) -> None:
        """Pings after the interval, and closes on a client that has not answered by the time-out."""
        await asyncio.sleep(self.server.ping_interval)
        asked_at = self.last_ping = time.time()
        await self.send(Packet(PING))
        await asyncio.sleep(self.server.ping_timeout)
        if self.last_ping == asked_at:
            self.queue.put_nowait(None)  # the sign for the writer to finish and close


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    """Serves each WebSocket inside its `Wire`, which owns what is made for it."""

    def create_queue(self, *_: Any, **__: Any) -> Outbox:
        return CURRENT_WIRE.get().outbox

    def start_background_task(
        self, target: Callable[..., Coroutine[Any, Any, None]], *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        return CURRENT_WIRE.get().spawn(target(*args, **kwargs))

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: Any = None) -> Any:
        sid = self.generate_id()
        socket = self.sockets[sid] = _Socket(self, sid)
        greeting = {
            "sid": sid,
            "upgrades": [],
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        try:
            await socket.send(Packet(OPEN, greeting))
            await self._trigger_event("connect", sid, environ, run_async=False)
            socket.schedule_ping()
            return await socket.handle_get_request(environ)
        finally:
            self.sockets.pop(sid, None)
