"""MediaMTX's HTTP API as far as the orchestrator asks it: MediaMTX itself cannot be had here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from servers.ports import LOCAL


class FakeMediaMtx:
    """`ready` is path -> source id; it pages as MediaMTX does."""

    def __init__(self) -> None:
        self.ready: dict[str, str] = {}
        self.idle: list[str] = []
        self.status = 200
        self.slow_s = 0.0
        self.asked = 0
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["FakeMediaMtx"]:
        app = web.Application()
        app.add_routes([web.get("/v3/paths/list", self._list)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, LOCAL, 0)
        await site.start()
        self.url = f"http://{LOCAL}:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        self.asked += 1
        await asyncio.sleep(self.slow_s)
        if self.status != 200:
            return web.json_response({"error": "authentication error"}, status=self.status)
        items: list[dict[str, Any]] = [
            {"name": name, "ready": True, "source": {"type": "rtmpConn", "id": source} if source else None}
            for name, source in self.ready.items()
        ] + [{"name": name, "ready": False, "source": None} for name in self.idle]
        size, page = int(request.query["itemsPerPage"]), int(request.query["page"])
        shown = items[page * size : (page + 1) * size]
        pages = max(1, -(-len(items) // size))
        return web.json_response({"itemCount": len(items), "pageCount": pages, "items": shown})
