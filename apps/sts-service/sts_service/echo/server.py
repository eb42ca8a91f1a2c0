"""The echo service inside another program, such as somebody's tests."""

import asyncio
from types import TracebackType
from typing import Any, Self

from sts_service.echo.processor import EchoProcessor
from sts_service.echo.settings import EchoSettings, simulation_of
from sts_service.server.app import StsApp
from sts_service.server.app import create_app as create_sts_app
from sts_service.server.web import listen, serve, url

START_TIMEOUT_S = 10.0


def create_app(settings: EchoSettings | None = None) -> StsApp:
    """The echo service as an ASGI app."""
    settings = settings or EchoSettings()
    simulation = simulation_of(settings.echo_simulation) if settings.echo_simulation else None
    return create_sts_app(settings, EchoProcessor(settings.echo_processing_delay_ms, simulation))


class EchoServer:
    """The echo service on a port of its own, for the length of an `async with`; it takes its settings."""

    def __init__(self, **settings: Any) -> None:
        self._settings = EchoSettings(**{"port": 0, **settings})
        self._stop = asyncio.Event()
        self.url = ""
        self.port = 0

    async def __aenter__(self) -> Self:
        listener = listen(self._settings.host, self._settings.port)
        self.url, self.port = url(listener), listener.getsockname()[1]
        started = asyncio.Event()
        self._server = asyncio.create_task(serve(create_app(self._settings), listener, started, self._stop))
        await asyncio.wait(
            {self._server, waiting := asyncio.create_task(started.wait())},
            timeout=START_TIMEOUT_S,
            return_when=asyncio.FIRST_COMPLETED,
        )
        waiting.cancel()
        if not started.is_set():
            self._server.cancel()
            raise RuntimeError(f"the echo server did not start within {START_TIMEOUT_S} s")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        await self._server
