"""A speech service that misbehaves in a chosen way, for tests of the client and of the whole worker.

    async with HostileServer("hang") as service:    # service.url, service.fragments, ...
        service.behave("echo")                      # from the next frame or connection on

    python -m sts_client.hostile --behaviour hang --port 0 [--then echo --after-s 60]

What it hears from its clients is kept, so that a test can tell what went over the wire.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import logging
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

BEHAVIOURS = {
    "echo": "each fragment comes back at once",
    "slow": "each fragment comes back after `delay_s`",
    "hang": "a session, but no fragment is ever answered",
    "hang_http": "the TCP connection is accepted, the HTTP request never answered",
    "hang_open": "a WebSocket, and then nothing",
    "hang_join": "the Socket.IO handshake is never answered",
    "hang_init": "`stream:init` is never answered",
    "half_open": "a session, then nothing is read or written any more, pings neither",
    "refuse": "HTTP 503",
    "deny": "the handshake is refused with AUTH_FAILED",
    "refuse_init": "`stream:init` is answered with INVALID_CONFIG",
    "full": "`stream:init` is answered with QUEUE_FULL",
    "refuse_fragments": "each fragment is answered with the error QUEUE_FULL",
    "fail": "each fragment is answered `failed` with MODEL_ERROR, retryable",
    "unreadable": "each fragment is answered with a result that no schema allows",
    "garbage": "each fragment is answered with a frame that is no packet",
    "huge": "each fragment is answered with a frame of `huge_bytes` of nothing",
    "huge_result": "each fragment is answered with a result of `huge_bytes` of sound that is none",
    "flood": "each fragment is answered with 20,000 errors",
    "close": "the WebSocket is closed at once",
    "cut": "each connection is cut after `delay_s`, without a word",
    "take_over": "a session, and at the first fragment `stream:closed` with taken_over",
    "shutdown": "a session, and at the first fragment `stream:closed` with shutdown",
    "forget": "each fragment is answered with STREAM_NOT_FOUND",
}

PING_INTERVAL_MS = 25_000
PING_TIMEOUT_MS = 10_000

MAX_SPOKEN = 10_000_000
"""Base64 that a fragment may have."""

_quiet = logging.getLogger("sts_client.hostile")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class HostileServer:
    """On a port of its own for the length of an `async with`."""

    def __init__(
        self,
        behaviour: str = "hang",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        delay_s: float = 1.0,
        ping_interval_ms: int = PING_INTERVAL_MS,
        ping_timeout_ms: int = PING_TIMEOUT_MS,
        max_inflight: int = 10,
        voice: Callable[[bytes], bytes] | None = None,
        huge_bytes: int = 60_000_000,
    ) -> None:
        """`voice` makes a dub of a fragment's sound, in a thread; without it the sound itself comes back."""
        self.behave(behaviour)
        self.delay_s = delay_s
        self.url = ""
        self.port = port
        self.attempts = 0
        """Connections that reached HTTP."""
        self.attempted_ns: list[int] = []
        """When, by the monotonic clock."""
        self.sessions = 0
        """`stream:ready` sent."""
        self.heard: list[tuple[str, Any]] = []
        """Every event of every client, without the sound."""
        self.most_in_flight = 0
        self._host = host
        self._ping_interval_ms = ping_interval_ms
        self._ping_timeout_ms = ping_timeout_ms
        self._max_inflight = max_inflight
        self._voice = voice
        self._huge_bytes = huge_bytes
        self._connections: set[ServerConnection] = set()
        self._stopped = asyncio.Event()
        self._news = asyncio.Event()

    def behave(self, behaviour: str) -> None:
        if behaviour not in BEHAVIOURS:
            raise ValueError(f"no such behaviour: {behaviour}")
        self.behaviour = behaviour

    def cut_all(self) -> None:
        """As when the network is gone."""
        for connection in self._connections:
            connection.transport.abort()

    def events(self, name: str) -> list[Any]:
        """The payloads of this event, in order."""
        return [payload for event, payload in self.heard if event == name]

    async def send(self, name: str, payload: Any) -> None:
        """Something more to everybody who is connected."""
        for connection in self._connections:
            await connection.send("42" + json.dumps([name, payload]))

    async def until(self, condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Waits for what clients do: looked at after each connection tried and each event heard."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            self._host,
            self.port,
            process_request=self._request,
            compression=None,
            max_size=None,
            ping_interval=None,
            close_timeout=0.2,
            open_timeout=None,
            logger=_quiet,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"http://{self._host}:{self.port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self.cut_all()
        self._server.close()
        await self._server.wait_closed()

    async def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        self.attempts += 1
        self.attempted_ns.append(time.monotonic_ns())
        self._news.set()
        if self.behaviour == "hang_http":
            await self._stopped.wait()
        if self.behaviour == "refuse":
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "not today\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        self._connections.add(connection)
        try:
            with contextlib.suppress(ConnectionClosed):
                await _Guest(self, connection).serve()
        finally:
            self._connections.discard(connection)


class _Guest:
    """One client."""

    def __init__(self, host: HostileServer, connection: ServerConnection) -> None:
        self._host = host
        self._connection = connection
        self._stream_id = ""
        self._unanswered: dict[int, str] = {}
        self._works: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        host = self._host
        if host.behaviour == "close":
            return
        if host.behaviour == "hang_open":
            await host._stopped.wait()
        open_packet = {
            "sid": "hostile",
            "upgrades": [],
            "pingInterval": host._ping_interval_ms,
            "pingTimeout": host._ping_timeout_ms,
            "maxPayload": 50_000_000,
        }
        await self._connection.send("0" + json.dumps(open_packet))
        self._begin(self._ping())
        if host.behaviour == "cut":
            self._begin(self._cut())
        try:
            async for frame in self._connection:
                await self._hear(frame)
                if host.behaviour == "half_open" and self._stream_id:
                    self._connection.transport.pause_reading()
                    await host._stopped.wait()
        finally:
            for work in self._works:
                work.cancel()
            await asyncio.gather(*self._works, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._works.add(asyncio.create_task(work))

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self._host._ping_interval_ms / 1000)
            if self._host.behaviour != "half_open":
                with contextlib.suppress(ConnectionClosed):
                    await self._connection.send("2")

    async def _cut(self) -> None:
        await asyncio.sleep(self._host.delay_s)
        self._connection.transport.abort()

    async def _emit(self, name: str, payload: Any) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send("42" + json.dumps([name, payload]))

    async def _hear(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            raise TypeError("binary audio was not offered")
        if frame.startswith("40"):
            await self._join()
        elif frame.startswith("42"):
            name, payload = json.loads(frame[2:])
            sound = payload["audio"].pop("data_base64") if name == "fragment:data" else ""
            self._host.heard.append((name, payload))
            self._host._news.set()
            await self._answer(name, payload, sound)

    async def _join(self) -> None:
        if self._host.behaviour == "deny":
            data = {"code": "AUTH_FAILED", "message": "wrong token", "severity": "fatal", "retryable": False}
            await self._connection.send("44" + json.dumps({"message": "wrong token", "data": data}))
        elif self._host.behaviour != "hang_join":
            await self._connection.send('40{"sid":"hostile"}')

    async def _answer(self, name: str, payload: Any, sound: str) -> None:
        host = self._host
        match name:
            case "stream:init" if host.behaviour == "refuse_init":
                await self._error("INVALID_CONFIG", retryable=False)
            case "stream:init" if host.behaviour == "full":
                await self._error("QUEUE_FULL", retryable=True)
            case "stream:init" if host.behaviour != "hang_init":
                self._stream_id = payload["stream_id"]
                host.sessions += 1
                await self._emit("stream:ready", self._ready())
            case "stream:end":
                await self._emit("stream:complete", self._complete())
            case "fragment:skip":
                for number in payload["sequence_numbers"]:
                    self._unanswered.pop(number, None)
            case "fragment:data":
                self._unanswered[payload["sequence_number"]] = payload["fragment_id"]
                host.most_in_flight = max(host.most_in_flight, len(self._unanswered))
                await self._fragment(payload, sound)

    async def _fragment(self, payload: Any, sound: str) -> None:
        answers: dict[str, Callable[[], Awaitable[None]]] = {
            "echo": lambda: self._result(payload, sound, 0),
            "fail": lambda: self._failure(payload),
            "refuse_fragments": lambda: self._error(
                "QUEUE_FULL", retryable=True, fragment_id=payload["fragment_id"]
            ),
            "forget": lambda: self._error("STREAM_NOT_FOUND", retryable=False),
            "unreadable": lambda: self._emit(
                "fragment:processed", {"fragment_id": payload["fragment_id"], "status": 7}
            ),
            "garbage": lambda: self._connection.send('42["fragment:processed",{'),
            "huge": lambda: self._connection.send("42" + " " * self._host._huge_bytes),
            "huge_result": lambda: self._result(payload, "AAAA" * (self._host._huge_bytes // 4), 0),
            "flood": self._flood,
            "take_over": lambda: self._emit("stream:closed", {"reason": "taken_over", "message": "gone"}),
            "shutdown": lambda: self._emit("stream:closed", {"reason": "shutdown", "message": "bye"}),
        }
        if self._host.behaviour == "slow":
            self._begin(self._result(payload, sound, self._host.delay_s))
        elif self._host.behaviour == "cut":
            await self._result(payload, sound, 0)
        elif self._host.behaviour in answers:
            await answers[self._host.behaviour]()

    async def _flood(self) -> None:
        for _ in range(20_000):
            await self._error("MODEL_ERROR", retryable=True)

    async def _result(self, payload: Any, sound: str, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        if self._host._voice is not None and len(sound) < MAX_SPOKEN:
            spoken = await asyncio.to_thread(self._host._voice, base64.b64decode(sound))
            sound = base64.b64encode(spoken).decode()
        audio = {
            name: payload["audio"][name] for name in ("format", "sample_rate_hz", "channels", "duration_ms")
        }
        await self._processed(
            payload,
            status="success",
            dubbed_audio={**audio, "data_base64": sound},
            transcript="said",
            translated_text="dicho",
        )

    async def _failure(self, payload: Any) -> None:
        error = {"code": "MODEL_ERROR", "message": "broken", "retryable": True}
        await self._processed(payload, status="failed", error=error)

    async def _processed(self, payload: Any, **result: Any) -> None:
        self._unanswered.pop(payload["sequence_number"], None)
        which = {name: payload[name] for name in ("fragment_id", "stream_id", "sequence_number")}
        await self._emit("fragment:processed", {**which, "processing_time_ms": 1, **result})

    async def _error(self, code: str, *, retryable: bool, fragment_id: str | None = None) -> None:
        self._unanswered = {n: other for n, other in self._unanswered.items() if other != fragment_id}
        error = {
            "error_id": str(uuid.uuid4()),
            "code": code,
            "message": "no",
            "severity": "error",
            "retryable": retryable,
        }
        await self._emit("error", error | ({"fragment_id": fragment_id} if fragment_id else {}))

    def _ready(self) -> dict[str, Any]:
        return {
            "stream_id": self._stream_id,
            "session_id": str(uuid.uuid4()),
            "max_inflight": self._host._max_inflight,
            "capabilities": {
                "batch_processing": True,
                "async_delivery": True,
                "binary_audio": False,
                "protocol_version": "1.1",
            },
        }

    def _complete(self) -> dict[str, Any]:
        counts = dict.fromkeys(("success_count", "partial_count", "failed_count"), 0)
        times = {"avg_processing_time_ms": 0, "p95_processing_time_ms": 0}
        return {
            "stream_id": self._stream_id,
            "total_fragments": 0,
            "total_duration_ms": 0,
            "statistics": counts | times,
        }


async def _main(arguments: argparse.Namespace) -> None:
    async with HostileServer(arguments.behaviour, port=arguments.port, delay_s=arguments.delay_s) as service:
        sys.stdout.write(f"listening on {service.url}\n")
        sys.stdout.flush()
        if arguments.then:
            await asyncio.sleep(arguments.after_s)
            service.behave(arguments.then)
            service.cut_all()
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sts_client.hostile", description=__doc__)
    parser.add_argument("--behaviour", choices=BEHAVIOURS, default="hang")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--delay-s", type=float, default=1.0, help="of `slow` and `cut`")
    parser.add_argument("--then", choices=BEHAVIOURS, help="how it behaves later")
    parser.add_argument("--after-s", type=float, default=60.0, help="when that is")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(parser.parse_args()))
