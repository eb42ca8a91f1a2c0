"""The web server: uvicorn, which leaves signals and logs to whoever runs it."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
from service_kit.crowd import Crowd, Patience
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from media_service.orchestrator.errors import SettingsWrong

GOODBYE_S = 2
MOST_CONNECTIONS = 512
MOST_OF_ONE_ADDRESS = 256
"""Of one address: behind a proxy it is everybody's."""


def _protocol() -> type[asyncio.Protocol]:
    class PatientProtocol(Patience, HttpToolsProtocol):
        crowd = Crowd(MOST_CONNECTIONS, MOST_OF_ONE_ADDRESS)

    return PatientProtocol


class WebServer(uvicorn.Server):
    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",
                http=_protocol(),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=GOODBYE_S,
            )
        )
        self.accepts = asyncio.Event()
        logging.getLogger("uvicorn.error").addFilter(_worth_a_line)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepts.set()


def _worth_a_line(record: logging.LogRecord) -> bool:
    """That a listener does not keep up, and is hung up on, is no fault of ours."""
    return "without completing response" not in str(record.msg)


def listen(host: str, port: int) -> socket.socket:
    """Raises `SettingsWrong`."""
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise SettingsWrong(
            f"LIVEDUB_HOST, LIVEDUB_PORT: cannot listen on {host}:{port}: {error.strerror}"
        ) from None
    return listener


def url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
