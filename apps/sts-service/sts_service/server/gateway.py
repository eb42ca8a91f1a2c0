"""Socket.IO at the edge: handshake in, events in, messages out. Only this, `engine` and `packets` know it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

import socketio
from dubbing_protocol import ERRORS, EVENT_OF, FragmentProcessed, Message
from socketio.exceptions import ConnectionRefusedError as HandshakeRefused

from sts_service.server.admission import Refusal
from sts_service.server.engine import Engine
from sts_service.server.packets import (
    FRAME,
    PLACEHOLDER,
    ClientEvent,
    Json,
    Malformed,
    ServerPacket,
    encode_event,
)
from sts_service.server.wire import WIRE_KEY, AsgiApp, OutboxFull, Wire

PING_INTERVAL_S = 25
PING_TIMEOUT_S = 10
MESSAGE_MAX_BYTES = 50_000_000


class Peer:
    """One connected client, as the connection sees it."""

    def __init__(self, eio: Any, eio_sid: str, wire: Wire, environ: dict[str, Any]) -> None:
        self._eio = eio
        self._eio_sid = eio_sid
        self._wire = wire
        self.address: str = (environ["asgi.scope"].get("client") or ("unknown",))[0]
        self.stream_header: str | None = environ.get("HTTP_X_STREAM_ID")
        self.worker_header: str | None = environ.get("HTTP_X_WORKER_ID")

    async def send(self, message: Message) -> None:
        """Queues the message; a client that takes nothing is cut."""
        payload = message.to_wire()
        attachment = _take_attachment(message, payload)
        try:
            for part in encode_event(EVENT_OF[type(message)], payload, attachment):
                await self._eio.send(self._eio_sid, part)
        except OutboxFull:
            self._wire.abort()

    async def hang_up(self, *, for_good: bool) -> None:
        """Closes the connection behind everything queued; `for_good` tells the client not to reconnect."""
        if for_good:
            await self._eio.send(self._eio_sid, "1")
        socket = self._eio.sockets.get(self._eio_sid)
        if socket is not None:
            socket.queue.put_nowait(None)  # the sign for its writer to finish and close

    def abort(self) -> None:
        """Drops the connection without a word."""
        self._wire.abort()


def _take_attachment(message: Message, payload: dict[str, Any]) -> bytes | None:
    if not isinstance(message, FragmentProcessed) or message.dubbed_audio is None:
        return None
    data = message.dubbed_audio.data
    if data is not None:
        payload["dubbed_audio"]["data"] = PLACEHOLDER
    return data


class Client(Protocol):
    """What the gateway drives: one connection's logic."""

    async def event(self, event: ClientEvent | Malformed) -> None: ...

    async def gone(self) -> None: ...


Admit = Callable[[Peer, object], Refusal | None]
Connect = Callable[[Peer], Client]


class _Server(socketio.AsyncServer):  # type: ignore[misc]
    def _engineio_server_class(self) -> type:
        return Engine


class Gateway:
    """Connects Socket.IO clients: `admit` decides the handshake, `connect` makes the `Client`."""

    def __init__(self, admit: Admit, connect: Connect) -> None:
        self._admit = admit
        self._connect = connect
        self._clients: dict[str, tuple[Client, Peer]] = {}
        quiet = logging.getLogger("sts_service.socketio")
        quiet.setLevel(logging.ERROR)
        self._sio = _Server(
            async_mode="asgi",
            async_handlers=False,
            serializer=ServerPacket,
            json=Json,
            transports=["websocket"],
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            max_http_buffer_size=MESSAGE_MAX_BYTES,
            monitor_clients=False,
            logger=quiet,
            engineio_logger=quiet,
        )
        self._sio.on("connect", self._on_connect)
        self._sio.on("disconnect", self._on_disconnect)
        self._sio.on(FRAME, self._on_frame)
        self.app: AsgiApp = socketio.ASGIApp(self._sio)

    async def _on_connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        wire: Wire = environ["asgi.scope"][WIRE_KEY]
        eio_sid = self._sio.manager.eio_sid_from_sid(sid, "/")
        peer = Peer(self._sio.eio, eio_sid, wire, environ)
        token = auth.get("token") if isinstance(auth, dict) else None
        refusal = self._admit(peer, token)
        if refusal:
            kind = ERRORS[refusal.code]
            data = {
                "code": refusal.code,
                "message": refusal.message,
                "severity": kind.severity,
                "retryable": kind.retryable,
            }
            asyncio.get_running_loop().call_later(REFUSED_LINGER_S, wire.abort)
            refused = HandshakeRefused(refusal.message)
            # The JavaScript client hands on `data` of a connect error, the Python client the whole of it.
            refused.error_args = {**data, "data": data}
            raise refused
        wire.admitted = True
        self._clients[sid] = (self._connect(peer), peer)

    async def _on_disconnect(self, sid: str, reason: str | None = None) -> None:
        if sid in self._clients:
            client, peer = self._clients.pop(sid)
            await client.gone()
            await peer.hang_up(for_good=False)  # a client may leave the namespace and keep the WebSocket

    async def _on_frame(self, sid: str, event: ClientEvent | Malformed) -> None:
        if sid in self._clients:
            await self._clients[sid][0].event(event)


REFUSED_LINGER_S = 2.0
"""Time for a refused client to read why."""
