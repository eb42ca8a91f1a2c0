"""A worker's port, asked by the orchestrator: how many connections that takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from media_service.orchestrator.workers.port import Ports

ROUNDS = 20


class Door:
    """A worker's port that counts who is connected."""

    def __init__(self) -> None:
        self.port = 0
        self.connected: set[asyncio.BaseTransport] = set()
        self.most = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Door"]:
        app = web.Application()
        app.router.add_get("/v1/status", self._answer)
        app.router.add_get("/metrics", self._answer)
        app.router.add_post("/v1/mode", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    def still_connected(self) -> int:
        return sum(not transport.is_closing() for transport in self.connected)

    async def _answer(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        self.connected.add(request.transport)
        self.most = max(self.most, self.still_connected())
        # So long that who asks at the same time needs a connection of its own.
        await asyncio.sleep(0.02)
        return web.json_response({})


async def test_who_asks_beside_the_watch_leaves_no_connection_behind() -> None:
    async with Door().open() as door:
        ports = Ports()
        ports.open()
        try:
            for _ in range(ROUNDS):
                await asyncio.gather(
                    ports.status(door.port, "token"),
                    ports.metrics(door.port, "token"),
                    ports.set_mode(door.port, "token", "dub", "somebody"),
                )
            await ports.status(door.port, "token")
            assert door.most >= 2, "they did not ask at the same time"
            assert door.still_connected() == 1
        finally:
            await ports.close()
