"""Answers the page as the orchestrator would, and shows whatever a test wants to see."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from media_service.orchestrator.web import WebServer, listen, url
from media_service.page import STATIC
from starlette.staticfiles import StaticFiles

from control_room.hls import Window
from control_room.views import waiting

POLICY = (
    "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
TOKEN = "a-token-of-the-tests"  # pragma: allowlist secret
SPEECH = {
    "state": "ready",
    "service": "http://127.0.0.1:8000",
    "stages": [
        {
            "stage": "recognition",
            "engine": "pocketsphinx",
            "embedded": True,
            "licence": "BSD",
            "better": "faster-whisper: pip install 'sts-service[whisper]', ASR_ENGINE=whisper",
        },
        {
            "stage": "translation",
            "engine": "apertium",
            "model": "eng-spa",
            "embedded": True,
            "licence": "GPL",
            "better": "DeepL: pip install 'sts-service[deepl]', TRANSLATION_ENGINE=deepl, and a key",
        },
        {
            "stage": "voice",
            "engine": "espeak",
            "embedded": True,
            "licence": "GPL",
            "better": "Piper or Kokoro",
        },
    ],
}


class StandIn:
    """What it shows is in its attributes; a test sets them from its own thread."""

    def __init__(self, films: Path) -> None:
        self.films = films
        self.window = Window(time.time(), 8.0)
        self.speech: dict[str, Any] = SPEECH
        self.reset()

    def reset(self) -> None:
        self.views: dict[str, dict[str, Any]] = {}
        self.actions: list[dict[str, Any]] = []
        self.events: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        """of each stream, as its worker would tell them"""
        self.changes: list[tuple[str, Any]] = []
        self.token = ""
        self.asked: list[tuple[str, str, Any]] = []

    def show(self, *views: dict[str, Any]) -> None:
        for view in views:
            self.views[view["stream_id"]] = view
            self.changes.append(("stream", view))

    def tell(self, stream_id: str, name: str, **event: Any) -> None:
        told = {"at_unix_ms": int(time.time() * 1000), **event}
        self.events.setdefault(stream_id, []).append((name, told))

    def acted(self, what: str, stream_id: str, detail: str | None = None) -> None:
        entry = {"what": what, "stream_id": stream_id, "detail": detail, "who": "mary"}
        self.actions.insert(0, {"at_unix_ms": int(time.time() * 1000), **entry})

    @contextlib.contextmanager
    def served(self) -> Iterator[str]:
        """On a thread of its own; yields its URL."""
        listener = listen("127.0.0.1", 0)
        server = WebServer(self.app())
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        thread.start()
        try:
            yield url(listener)
        finally:
            server.should_exit = True
            server.force_exit = True
            thread.join(20)

    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        app.mount("/static", StaticFiles(directory=STATIC))

        @app.middleware("http")
        async def gate(request: Request, call: Any) -> Response:
            open_ = request.url.path in ("/", "/login", "/v1/session") or request.url.path.startswith(
                "/static"
            )
            if self.token and not open_ and request.cookies.get("livedub_session") != "in":
                return problem(401, "log in first")
            answer: Response = await call(request)
            answer.headers["Content-Security-Policy"] = POLICY
            return answer

        @app.get("/")
        async def index() -> Response:
            return Response((STATIC / "index.html").read_bytes(), media_type="text/html")

        @app.get("/v1/session")
        async def session(request: Request) -> Response:
            inside = request.cookies.get("livedub_session") == "in"
            name = "mary" if inside else None
            return json(
                {"login_needed": bool(self.token), "logged_in": inside or not self.token, "name": name}
            )

        @app.post("/login")
        async def login(request: Request) -> Response:
            if (await request.json()).get("token") != self.token:
                return problem(401, "this is not the token")
            answer = Response(status_code=204)
            answer.set_cookie("livedub_session", "in", httponly=True, samesite="strict")
            return answer

        @app.post("/logout")
        async def logout() -> Response:
            answer = Response(status_code=204)
            answer.delete_cookie("livedub_session")
            return answer

        self._add_streams(app)
        self._add_feeds(app)
        return app

    def _add_streams(self, app: FastAPI) -> None:
        @app.get("/v1/streams")
        async def streams() -> Response:
            return json({"streams": list(self.views.values())})

        @app.post("/v1/streams")
        async def add(request: Request) -> Response:
            said = await request.json()
            self.asked.append(("POST", "streams", said))
            if not str(said.get("stream_id", "")).replace("-", "").isalnum():
                return problem(422, "stream_id: String should match pattern '^[A-Za-z0-9_-]{1,64}$'")
            if said.get("input_url", "").startswith("gopher"):
                return problem(422, "input_url: rtsp, rtmp, srt or http is fetched, not gopher")
            if said["stream_id"] in self.views:
                return problem(409, "there is a stream of this id already")
            self.show(waiting(**said))
            self.acted("add", said["stream_id"])
            return json(self.views[said["stream_id"]], 201)

        @app.get("/v1/streams/{stream_id}")
        async def one(stream_id: str) -> Response:
            found = self.views.get(stream_id)
            return json(found) if found else problem(404, f"there is no stream {stream_id}")

        @app.patch("/v1/streams/{stream_id}")
        async def edit(stream_id: str, request: Request) -> Response:
            said = await request.json()
            self.asked.append(("PATCH", stream_id, said))
            self.show({**self.views[stream_id], **said})
            self.acted("edit", stream_id, ", ".join(said))
            return json(self.views[stream_id])

        @app.delete("/v1/streams/{stream_id}")
        async def delete(stream_id: str) -> Response:
            del self.views[stream_id]
            self.changes.append(("deleted", {"stream_id": stream_id}))
            self.acted("delete", stream_id)
            return Response(status_code=204)

        @app.post("/v1/streams/{stream_id}/{what}")
        async def act(stream_id: str, what: str, request: Request) -> Response:
            view = self.views[stream_id]
            said = await request.json() if what == "mode" else {}
            self.asked.append(("POST", f"{stream_id}/{what}", said))
            self.acted(what, stream_id, said.get("mode"))
            if what == "mode":
                state = "original" if said["mode"] == "original" else "dubbing"
                view = {**view, **said, "state": state, "worker": {**view["worker"], **said, "state": state}}
            if what == "stop":
                view = {
                    **view,
                    "state": "ended",
                    "phase": "stopped",
                    "enabled": False,
                    "worker": None,
                    "pid": None,
                }
            if what == "start":
                view = {**view, "state": "waiting", "phase": "waiting", "enabled": True}
            self.show(view)
            return json(view)

        @app.get("/v1/actions")
        async def actions(stream_id: str | None = None) -> Response:
            found = [one for one in self.actions if stream_id in (None, one["stream_id"])]
            return json({"actions": found[:100]})

        @app.get("/v1/speech")
        async def speech() -> Response:
            return json(self.speech)

    def _add_feeds(self, app: FastAPI) -> None:
        @app.get("/v1/events")
        async def changes() -> Response:
            return stream_of(self.changes, len(self.changes))

        @app.get("/v1/streams/{stream_id}/events")
        async def events(stream_id: str, since: str = "") -> Response:
            told = self.events.setdefault(stream_id, [])
            _, _, seen = since.rpartition("-")
            return stream_of(told, int(seen) if seen else len(told))

        @app.get("/preview/{stream_id}/{side}/{name}")
        async def preview(stream_id: str, side: str, name: str) -> Response:
            if name == "index.m3u8":
                told = self.window.playlist(side)
                kind = "application/vnd.apple.mpegurl"
                return Response(told, media_type=kind) if told else problem(404, "not yet")
            file = self.films / side / name
            return Response(file.read_bytes(), media_type="video/mp2t")


def json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


def problem(status: int, detail: str) -> Response:
    body = {"type": "about:blank", "title": "Wrong", "status": status, "detail": detail}
    return Response(orjson.dumps(body), status, media_type="application/problem+json")


def stream_of(told: list[tuple[str, Any]], first: int) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"retry: 1000\n\n"
        at = first
        while True:
            for name, event in told[at:]:
                at += 1
                data = event if "at_unix_ms" in event else {"at_unix_ms": 0, "what": event}
                yield b"id: run-%d\nevent: %b\ndata: %b\n\n" % (at, name.encode(), orjson.dumps(data))
            await asyncio.sleep(0.1)

    return StreamingResponse(pieces(), media_type="text/event-stream")
