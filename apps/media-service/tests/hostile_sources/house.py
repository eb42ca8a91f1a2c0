"""Servers at addresses of this machine: the attacker's at 127.0.0.1, and one inside, not to be asked."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

OUTSIDE, INSIDE = "127.0.0.1", "127.0.0.2"
Page = str | bytes | web.Response | Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """Pages by path; they may be put in later, when addresses are known."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def site(address: str, pages: Mapping[str, Page] | None = None) -> AsyncIterator[Site]:
    made = Site("", dict(pages or {}))

    async def answer(request: web.Request) -> web.StreamResponse:
        made.asked.append(request.path)
        page = made.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        if isinstance(page, web.Response):
            return web.Response(status=page.status, headers=page.headers)
        if isinstance(page, str | bytes):
            return web.Response(body=io.BytesIO(page.encode() if isinstance(page, str) else page))
        return await page(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.2, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, address, 0).start()
    made.url = f"http://{address}:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()


def moved(to: str) -> web.Response:
    return web.Response(status=302, headers={"Location": to})


def playlist(*addresses: str, key: str | None = None, end: bool = True) -> str:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1"]
    lines += [f'#EXT-X-KEY:METHOD=AES-128,URI="{key}"'] if key else []
    for address in addresses:
        lines += ["#EXTINF:1.0,", address]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if end else [])]) + "\n"


@dataclass
class Listener:
    """Counts who comes, and what they say before they are sent away."""

    port: int
    heard: list[bytes] = field(default_factory=list)


@contextlib.asynccontextmanager
async def listener(
    address: str, answer: Callable[[bytes], bytes | None] = lambda _: None
) -> AsyncIterator[Listener]:
    """`answer`: of a request up to its empty line; None hangs up."""
    made = Listener(0)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            while True:
                made.heard.append(await reader.readuntil(b"\r\n\r\n"))
                told = answer(made.heard[-1])
                if told is None:
                    break
                writer.write(told)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, address, 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
