"""The worker's own port: health, metrics, the operator's switch, live events.

It sees the worker through `Station` only. Nothing in here waits for a client for long. Time-outs are
`asyncio.timeout`: before Python 3.12, `asyncio.wait_for` can swallow a cancellation.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol, cast

import orjson
from aiohttp import web
from service_kit.logs import named

from media_service.metrics import CONTENT_TYPE, WorkerMetrics
from media_service.worker.events import Feed, Listener
from media_service.worker.http_body import body_of
from media_service.worker.http_hand_over import HandsOver, hand_over_routes
from media_service.worker.listening import accepting, bound
from media_service.worker.problems import Problem, answer_problems, gate, refuse_pages
from media_service.worker.status import MODES, Mode, Status

LARGEST_BODY = 4096
HEADERS_S = 10.0
"""Also from one request to the next."""
MOST_LISTENERS = 32
HEARTBEAT_S = 15.0
"""A comment is sent where no event was, so that proxies and clients know that the line is alive."""
SLOWEST_WRITE_S = 5.0
"""A listener that takes nothing for so long is hung up on."""
SHUTDOWN_S = 0.3

log = logging.getLogger(__name__)


class Station(Protocol):
    """What the port shows and switches. All of it is quick: the loop that calls it also moves media."""

    @property
    def feed(self) -> Feed: ...

    @property
    def metrics(self) -> WorkerMetrics: ...

    def status(self) -> Status: ...

    def ready(self) -> bool:
        """Media flows to the output."""

    def set_mode(self, mode: Mode, who: str) -> None: ...

    @property
    def predecessor(self) -> HandsOver: ...


@contextlib.asynccontextmanager
async def serve(station: Station, host: str, port: int, token: str | None = None) -> AsyncIterator[int]:
    """Listens for the length of the context and gives the port. Raises `SettingsWrong`."""
    listener = await bound(host, port)
    app = make_app(station, token)
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=SHUTDOWN_S,
        keepalive_timeout=HEADERS_S,
        lingering_time=0.2,
        handler_cancellation=True,  # of a listener that has gone, before the next event
    )
    try:
        await runner.setup()
        async with accepting(cast("Callable[[], asyncio.Protocol]", runner.server), listener):
            yield listener.getsockname()[1]
    finally:
        station.feed.close()
        await runner.cleanup()
        listener.close()


def make_app(station: Station, token: str | None = None) -> web.Application:
    port = _Port(station)
    app = web.Application(
        middlewares=[answer_problems, gate(token)],
        client_max_size=LARGEST_BODY,
    )
    app.add_routes(
        [
            web.get("/health", port.health),
            web.get("/ready", port.ready),
            web.get("/metrics", port.metrics),
            web.get("/v1/status", port.status),
            web.post("/v1/mode", port.mode),
            web.get("/v1/events", port.events, allow_head=False),
            *hand_over_routes(lambda: station.predecessor),
        ]
    )
    return app


class _Port:
    """The handlers."""

    def __init__(self, station: Station) -> None:
        self._station = station

    async def health(self, _: web.Request) -> web.Response:
        return _json({"status": "ok"})

    async def ready(self, _: web.Request) -> web.Response:
        ready = self._station.ready()
        return _json({"ready": ready}, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=self._station.metrics.page(), headers={"Content-Type": CONTENT_TYPE})

    async def status(self, _: web.Request) -> web.Response:
        return _json(self._station.status())

    async def mode(self, request: web.Request) -> web.Response:
        refuse_pages(request)
        try:
            asked = orjson.loads(await body_of(request))
        except orjson.JSONDecodeError:
            raise Problem(400, "The body is not JSON") from None
        mode = asked.get("mode") if isinstance(asked, dict) else None
        if mode not in MODES:
            raise Problem(
                422, f'A body such as {{"mode": "original"}} is needed; mode is one of {", ".join(MODES)}'
            )
        who = _operator(request)
        log.info("mode set", extra=named(mode=mode, who=who))
        self._station.set_mode(mode, who)
        return _json({"mode": mode, "who": who})

    async def events(self, request: web.Request) -> web.StreamResponse:
        feed = self._station.feed
        if len(feed) >= MOST_LISTENERS:
            raise Problem(503, f"{MOST_LISTENERS} listen already")
        with feed.listen(request.headers.get("Last-Event-ID")) as listener:
            # The last one keeps nginx from collecting the events.
            headers = {
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
            response = web.StreamResponse(headers=headers)
            await response.prepare(request)
            if not await _told(response, listener) and request.transport is not None:
                # A polite end would wait for it to read.
                request.transport.abort()
        return response


async def _told(response: web.StreamResponse, listener: Listener) -> bool:
    """Tells what happens until the end; False where the listener did not keep up."""
    told = b"retry: 1000\n\n"
    while told:
        try:
            async with asyncio.timeout(SLOWEST_WRITE_S):
                await response.write(told)
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                told = await listener.take()
        except TimeoutError:
            told = b":\n\n"
    return not listener.was_too_slow


def _operator(request: web.Request) -> str:
    """Who, for the log; `api` where nobody says."""
    given = request.headers.get("X-Operator", "")
    return "".join(letter for letter in given if letter.isprintable()).strip()[:64] or "api"


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
