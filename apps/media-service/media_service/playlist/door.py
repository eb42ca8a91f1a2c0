"""A port of this machine that stands for the source's servers, in a thread of its own.

It answers with playlists in which every address is its own, and with what they name, as it comes.
"""

import asyncio
import contextlib
import io
import logging
import socket
import threading
import time

import aiohttp
from aiohttp import web

from media_service.config.reach import LedAstray, Reach
from media_service.playlist.fetching import Fetcher
from media_service.playlist.links import Linked, Links
from media_service.playlist.rewriting import MOST_BYTES, BadPlaylist, rewritten

START_S = 10.0
STOP_S = 2.0
LIST_S = 10.0
"""A whole playlist comes within this time."""
MOST_MEDIA_BYTES = 512 * 1024 * 1024
"""Of one segment."""
PIECE_BYTES = 64 * 1024
EVERY_S = 0.25
"""A playlist is not asked for more often, whatever it says of itself."""

log = logging.getLogger("media_service.input")


class Door:
    """`open` and `close` from any thread, once each."""

    def __init__(self, url: str, reach: Reach) -> None:
        self._url = url
        self._reach = reach
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self._links = Links(f"http://127.0.0.1:{self._listener.getsockname()[1]}")
        self._asked_s: dict[Linked, float] = {}
        self._thread = threading.Thread(target=self._run, name="playlist", daemon=True)
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.astray: str | None = None
        """Where this source has tried to lead us last; nothing was opened there."""

    def open(self) -> str:
        """What stands for the source's own URL. Raises OSError."""
        self._thread.start()
        if not self._ready.wait(START_S):
            raise OSError("the thread for the playlist does not begin")
        return self._links.of(Linked(self._url, is_list=True, deepest=False))

    def close(self) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(STOP_S)
        self._listener.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._fetcher = Fetcher(self._reach)
        runner = web.ServerRunner(
            web.Server(self._answer, access_log=None, keepalive_timeout=15.0, lingering_time=0.0),
            handler_cancellation=True,
            shutdown_timeout=0.1,
        )
        try:
            await runner.setup()
            await web.SockSite(runner, self._listener).start()
            self._loop = asyncio.get_running_loop()
            self._ready.set()
            await self._stop.wait()
        finally:
            await self._fetcher.close()
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        linked = self._links.find(request.path)
        if linked is None or request.method not in ("GET", "HEAD"):
            return web.Response(status=404)
        try:
            if linked.is_list:
                return await self._list(linked)
            return await self._media(request, linked)
        except (LedAstray, BadPlaylist) as no:
            self._note(str(no))
            return web.Response(status=403)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.info("source: a server of its playlist does not answer (%s)", type(error).__name__)
            return web.Response(status=502)

    async def _list(self, linked: Linked) -> web.Response:
        await self._paced(linked)
        async with asyncio.timeout(LIST_S), self._fetcher.get(linked.url, None) as answer:
            if answer.status != 200:
                return web.Response(status=answer.status)
            body = bytearray()
            async for piece in answer.content.iter_chunked(PIECE_BYTES):
                body += piece
                if len(body) > MOST_BYTES:
                    raise BadPlaylist(f"a playlist of the source's has over {MOST_BYTES} bytes")
            base = str(answer.url)

        def link(url: str, is_list: bool) -> str:
            return self._links.of(Linked(url, is_list, deepest=is_list))

        text = rewritten(body.decode("utf-8", "replace"), base, link, deepest=linked.deepest)
        return web.Response(body=io.BytesIO(text.encode()), content_type="application/vnd.apple.mpegurl")

    async def _media(self, request: web.BaseRequest, linked: Linked) -> web.StreamResponse:
        async with self._fetcher.get(linked.url, request.headers.get("Range")) as answer:
            if answer.status not in (200, 206):
                return web.Response(status=answer.status)
            response = web.StreamResponse(status=answer.status)
            response.content_type = "application/octet-stream"
            if "Content-Range" in answer.headers:
                response.headers["Content-Range"] = answer.headers["Content-Range"]
            if answer.content_length is not None and "Content-Encoding" not in answer.headers:
                response.content_length = answer.content_length
            await response.prepare(request)
            sent = 0
            try:
                async for piece in answer.content.iter_chunked(PIECE_BYTES):
                    sent += len(piece)
                    if sent > MOST_MEDIA_BYTES:
                        raise BadPlaylist(f"a segment of the source's has over {MOST_MEDIA_BYTES} bytes")
                    await response.write(piece)
            except (aiohttp.ClientError, TimeoutError, BadPlaylist) as broken:
                if isinstance(broken, BadPlaylist):
                    self._note(str(broken))
                # A polite end would say that this was all of it.
                if request.transport is not None:
                    request.transport.abort()
        return response

    async def _paced(self, linked: Linked) -> None:
        now_s = time.monotonic()
        wait_s = self._asked_s.get(linked, now_s - EVERY_S) + EVERY_S - now_s
        if len(self._asked_s) > 1000:
            self._asked_s.clear()
        self._asked_s[linked] = now_s + max(0.0, wait_s)
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def _note(self, why: str) -> None:
        if self.astray is None:
            log.warning("source: refused: %s", why)
        self.astray = why
