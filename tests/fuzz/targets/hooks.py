"""The media servers' hooks over HTTP, as the orchestrator's application takes them."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, cast

from fastapi import FastAPI
from media_service.orchestrator.control.arrivals import Arrivals
from media_service.orchestrator.http import problems
from media_service.orchestrator.http.gate import Gate
from media_service.orchestrator.http.hooks import make_hooks
from media_service.orchestrator.login.door import Door
from media_service.orchestrator.metrics import OrchestratorMetrics
from media_service.orchestrator.names.ingest import IngestPath

from fuzz.feed import Feed, piece
from fuzz.promises import hold

PATHS = (b"/v1/mediamtx/events/ready", b"/v1/mediamtx/events/not-ready", b"/v1/nginx-rtmp/events")
FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"
ANSWERS = frozenset({200, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429})
LARGEST_ANSWER = 4096


class Seen:
    """In the place of `Arrivals`: what would have become of it."""

    def __init__(self) -> None:
        self._path = IngestPath("live/{id}/in")

    def stream_id(self, path: str) -> str | None:
        return self._path.stream_id(path)

    def published(self, stream_id: str, source: str, asked: Mapping[str, str], *, in_order: bool) -> bool:
        told = f"{stream_id} {source} {sorted(asked.items())}"
        hold(told.isprintable() and len(told) < 1000, "nothing unseen gets into a log")
        return in_order

    def unpublished(self, stream_id: str, source: str) -> bool:
        hold(f"{stream_id} {source}".isprintable(), "nothing unseen gets into a log")
        return True


def _made() -> Gate:
    app = FastAPI(openapi_url=None)
    problems.install(app)
    app.include_router(make_hooks(cast("Arrivals", Seen()), OrchestratorMetrics()))
    return Gate(app, Door(None, "hook-token", b"s" * 32), "127.0.0.1")


_APP = _made()
_LOOP = asyncio.Runner()


def one(data: bytes) -> None:
    feed = Feed(data)
    which, flags = feed.number() % 3, feed.number()
    path = PATHS[which] if not flags & 1 else feed.piece()
    kind = feed.piece() if flags & 2 else FORM if which == 2 else JSON
    headers = [(b"host", b"127.0.0.1"), (b"content-type", kind)]
    if not flags & 4:
        headers.append((b"authorization", b"Bearer hook-token"))
    while flags & 8 and feed and len(headers) < 12:
        headers.append((feed.piece().lower(), feed.piece()))
    body = feed.rest()
    status, answer = _LOOP.run(
        _asked(path, headers, body, feed_query=b"token=hook-token" if flags & 16 else b"")
    )
    hold(status in ANSWERS, f"a hook is taken or refused, not {status}")
    hold(len(answer) <= LARGEST_ANSWER, "an answer is short")


async def _asked(
    path: bytes, headers: list[tuple[bytes, bytes]], body: bytes, *, feed_query: bytes
) -> tuple[int, bytes]:
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path.decode("latin-1"),
        "raw_path": path,
        "root_path": "",
        "query_string": feed_query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
    }
    waiting = [body]
    answered: list[Any] = []

    async def receive() -> dict[str, Any]:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answered.append(message)

    await _APP(scope, receive, send)
    hold(len(answered) >= 2, "an answer")
    return answered[0]["status"], b"".join(message.get("body", b"") for message in answered[1:])


def seeds() -> Iterator[bytes]:
    ready = b'{"path":"live/match-1/in","query":"lang=es&voice=Ana","sourceType":"rtmpConn","sourceId":"a-1"}'
    form = b"call=publish&app=live/match-1&name=in&addr=127.0.0.1&clientid=7&lang=es"
    yield b"\0\0" + ready
    yield b"\1\0" + ready
    yield b"\2\0" + form
    yield b"\2\x14" + form.replace(b"publish", b"publish_done")
    yield b"\0\2" + piece(FORM) + ready
    yield b"\0\1" + piece(b"/v1/mediamtx/../nginx-rtmp/events") + ready
    yield b"\0\x08" + piece(b"origin") + piece(b"http://[") + ready
    yield b"\0\0" + ready.replace(b"match-1", b"..%2f..") + b" "
    yield b"\0\0" + ready.replace(b"a-1", b"\\u001b[2J\\ud800")
    yield b"\2\0" + b"&" * 200
    yield b"\0\0" + b"[" * 500
