"""The web server: uvicorn, set up so that no layer cuts a connection for a message the protocol allows."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
from service_kit.crowd import Crowd, Patience
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from sts_service.server.app import StsApp
from sts_service.server.gateway import MESSAGE_MAX_BYTES
from sts_service.server.wire import ABORT_EXTENSION

LINGER_S = 10.0
"""How long a finished connection may take to flush what it was sent."""


MOST_ASKING = 1024
"""Connections that are no WebSocket, or not yet; those are bounded by the app. All workers of a host
have the same address.
"""

MUCH_BYTES = 128 * 1024
"""Whoever has sent this much lets the others have a turn of the loop before more is read from it."""


class _SocketProtocol(WebSocketsSansIOProtocol):
    """Lets the app drop a connection at once, and drops one that never flushes; ASGI has no word for it."""

    _linger: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if len(data) >= MUCH_BYTES and not self.read_paused:
            self.transport.pause_reading()
            self.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def run_asgi(self) -> None:
        self.scope["extensions"][ABORT_EXTENSION] = {"abort": self.transport.abort}
        try:
            await super().run_asgi()
        finally:
            if not self.disconnected:
                self._linger = self.loop.call_later(LINGER_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.frames.clear()  # of a message that was never finished
        if self._linger:
            self._linger.cancel()
            self._linger = None


def _http_protocol() -> type[asyncio.Protocol]:
    class PatientProtocol(Patience, HttpToolsProtocol):
        crowd = Crowd(MOST_ASKING, MOST_ASKING)

    return PatientProtocol


_A_STRANGERS_DOING = ("Invalid UTF-8", "ASGI callable returned without completing handshake")


def _worth_a_line(record: logging.LogRecord) -> bool:
    """What any stranger can bring about at will must not fill the log with errors."""
    return not str(record.msg).startswith(_A_STRANGERS_DOING)


class WebServer(uvicorn.Server):
    """uvicorn that lets the streams end in order before it closes their connections."""

    def __init__(self, app: StsApp, started: asyncio.Event, stop: asyncio.Event) -> None:
        config = uvicorn.Config(
            app,
            loop="none",
            http=_http_protocol(),
            ws=_SocketProtocol,
            ws_max_size=MESSAGE_MAX_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=None,
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=5,
        )
        super().__init__(config)
        logging.getLogger("uvicorn.error").addFilter(_worth_a_line)
        self._app = app
        self._accepting = started
        self._stop = stop

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to whoever runs this server."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._accepting.set()

    async def main_loop(self) -> None:
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._app.drain()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Naming TCP makes asyncio switch Nagle's algorithm off for what the listener accepts.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(app: StsApp, listener: socket.socket, started: asyncio.Event, stop: asyncio.Event) -> None:
    """Runs until `stop` is set and the streams have ended; `started` is set once it accepts."""
    await WebServer(app, started, stop).serve(sockets=[listener])
