"""A service inside another program, such as somebody's tests."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sts_service.server.app import StsApp
from sts_service.server.web import listen, serve, url

START_TIMEOUT_S = 10.0


class ServerInside:
    """A service on a port of its own, for the length of an `async with`."""

    def __init__(self, name: str, host: str, port: int, make_app: Callable[[], StsApp]) -> None:
        self._name = name
        self._host = host
        self._wanted_port = port
        self._make_app = make_app
        self._stop = asyncio.Event()
        self.url = ""
        self.port = 0

    async def __aenter__(self) -> Self:
        app = self._make_app()
        listener = listen(self._host, self._wanted_port)
        self.url, self.port = url(listener), listener.getsockname()[1]
        started = asyncio.Event()
        self._server = asyncio.create_task(serve(app, listener, started, self._stop))
        await asyncio.wait(
            {self._server, waiting := asyncio.create_task(started.wait())},
            timeout=START_TIMEOUT_S,
            return_when=asyncio.FIRST_COMPLETED,
        )
        waiting.cancel()
        if not started.is_set():
            self._server.cancel()
            raise RuntimeError(f"the {self._name} server did not start within {START_TIMEOUT_S} s")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        await self._server
