"""The socket of the worker's port, and how many may hold a connection to it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import cast

from service_kit.crowd import Crowd, address_of

from media_service.errors import SettingsWrong

MOST_CONNECTIONS = 128
MOST_OF_ONE_ADDRESS = 96
"""So that others come through: the orchestrator, whoever collects metrics, an operator."""


@contextlib.asynccontextmanager
async def accepting(make: Callable[[], asyncio.Protocol], listener: socket.socket) -> AsyncIterator[None]:
    """Connections come in for the length of the context; those that are there go on after it."""
    crowd = Crowd(MOST_CONNECTIONS, MOST_OF_ONE_ADDRESS)
    server = await asyncio.get_running_loop().create_server(lambda: _Counted(make, crowd), sock=listener)
    try:
        yield
    finally:
        server.close()


class _Counted(asyncio.Protocol):
    """Lets the real protocol begin where there is a place, and keeps it until the end."""

    def __init__(self, make: Callable[[], asyncio.Protocol], crowd: Crowd) -> None:
        self._make = make
        self._crowd = crowd
        self._address = ""
        self._real: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        address = address_of(transport)
        if not self._crowd.let_in(address):
            cast("asyncio.Transport", transport).abort()
            return
        self._address, self._real = address, self._make()
        self._real.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._real is not None:
            self._crowd.leave(self._address)
            self._real.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._real is not None:
            self._real.data_received(data)

    def eof_received(self) -> bool | None:
        return self._real.eof_received() if self._real is not None else None

    def pause_writing(self) -> None:
        if self._real is not None:
            self._real.pause_writing()

    def resume_writing(self) -> None:
        if self._real is not None:
            self._real.resume_writing()


async def bound(host: str, port: int) -> socket.socket:
    """One socket, also where a name has several addresses: port 0 must mean one port."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SettingsWrong(f"WORKER_METRICS_HOST: {host}: {error.strerror}") from None
    family, _, _, _, address = found[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise SettingsWrong(
            f"WORKER_METRICS_HOST, WORKER_METRICS_PORT: cannot listen on {host}:{port}: {error.strerror}"
        ) from None
    return listener
