"""The ASGI app: Socket.IO at `/socket.io/`, and health, readiness and metrics over HTTP on the same port."""

from typing import Any
from urllib.parse import parse_qs

import orjson

from sts_service.server import metrics
from sts_service.server.gateway import Gateway
from sts_service.server.hub import GOODBYE_S, Hub
from sts_service.server.processor import Processor
from sts_service.server.settings import ServerSettings
from sts_service.server.wire import AsgiSend, Guard, Receive, Scope, refuse_upgrade

SOCKET_PATH = "/socket.io"

HANDSHAKE_TIMEOUT_S = 20.0
"""A WebSocket that has not joined the namespace by then is dropped."""

SPARE_WIRES = 200
"""WebSockets beyond the connection limit that are let in just to be told why they are refused."""

_POLLING_REFUSED = {
    "code": "WEBSOCKET_ONLY",
    "message": "this server speaks WebSocket only: connect with the client's transports set to websocket",
}


class StsApp:
    """What a web server runs. `drain` is called before the web server closes its connections."""

    def __init__(self, settings: ServerSettings, processor: Processor) -> None:
        self._hub = Hub(settings, processor)
        self._gateway = Gateway(self._hub.admit, self._hub.connect)
        handshake_s = min(HANDSHAKE_TIMEOUT_S, settings.idle_timeout_s)
        self._sockets = Guard(self._gateway.app, settings.ws_max_connections + SPARE_WIRES, handshake_s)

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"].rstrip("/") != SOCKET_PATH:
            await (
                self._http(scope, send) if scope["type"] == "http" else refuse_upgrade(send, 404, "not found")
            )
        elif scope["type"] == "http":
            await _answer(send, 400, _POLLING_REFUSED)
        elif not _speaks_our_version(scope):
            await refuse_upgrade(send, 400, "connect with ?EIO=4&transport=websocket")
        else:
            await self._sockets(scope, receive, send)

    @property
    def departures(self) -> int:
        """WebSockets that have closed so far."""
        return self._sockets.departures

    async def drain(self) -> None:
        """No new streams; those there are end in order, within a bounded time."""
        self._sockets.closed = True
        await self._hub.drain()
        await self._sockets.all_gone(GOODBYE_S)

    async def _lifespan(self, receive: Receive, send: AsgiSend) -> None:
        await receive()
        async with self._hub.processor.running(), self._hub:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, send: AsgiSend) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, {"message": "only GET"})
            return
        match scope["path"]:
            case "/health":
                await _answer(send, 200, {"status": "ok"})
            case "/ready":
                readiness = self._hub.processor.readiness()
                ready = readiness.ready and not self._hub.draining
                await _answer(send, 200 if ready else 503, {"ready": ready, **readiness.detail})
            case "/metrics":
                await _respond(send, 200, self._hub.exposition(), metrics.CONTENT_TYPE)
            case _:
                await _answer(send, 404, {"message": "not found"})


def create_app(settings: ServerSettings, processor: Processor) -> StsApp:
    """The one server, with a processor plugged in."""
    return StsApp(settings, processor)


def _speaks_our_version(scope: Scope) -> bool:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return query.get("EIO") == ["4"] and query.get("transport") == ["websocket"] and "sid" not in query


async def _answer(send: AsgiSend, status: int, body: dict[str, Any]) -> None:
    await _respond(send, status, orjson.dumps(body) + b"\n", "application/json")


async def _respond(send: AsgiSend, status: int, body: bytes, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
