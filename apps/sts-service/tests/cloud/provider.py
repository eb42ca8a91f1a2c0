"""A local HTTP server that answers as a provider does, or misbehaves as its script says."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes | dict[str, Any] = b""
    headers: dict[str, str] = field(default_factory=dict)


Act: TypeAlias = Answer | Literal["usual", "hang", "drop", "drop_half", "drip"]


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at_s: float


class Provider:
    """`script`: what it does with the next requests; then, and for `usual`, what `usual` answers."""

    def __init__(self, usual: Callable[[Asked], Answer]) -> None:
        self.usual = usual
        self.script: list[Act] = []
        self.asked: list[Asked] = []
        self.was_asked = threading.Event()
        self.at_once = 0
        self.most_at_once = 0
        self.takes_s = 0.0
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.url = ""


@contextmanager
def serving(usual: Callable[[Asked], Answer]) -> Iterator[Provider]:
    provider = Provider(usual)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            asked = Asked(self.path, dict(self.headers), body, time.monotonic())
            with provider.lock:
                provider.asked.append(asked)
                provider.at_once += 1
                provider.most_at_once = max(provider.most_at_once, provider.at_once)
                provider.was_asked.set()
                act = provider.script.pop(0) if provider.script else "usual"
            try:
                self._act(act, asked)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with provider.lock:
                    provider.at_once -= 1

        def _act(self, act: Act, asked: Asked) -> None:
            provider.closing.wait(provider.takes_s)
            self.close_connection = act in ("hang", "drop", "drop_half", "drip")
            if act == "hang":
                provider.closing.wait(30)
            elif act == "drop_half":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            elif act == "drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not provider.closing.wait(0.1):
                    self.wfile.write(b" ")
            elif act != "drop":
                self._send(provider.usual(asked) if act == "usual" else act)

        def _send(self, answer: Answer) -> None:
            is_json = isinstance(answer.body, dict)
            content = json.dumps(answer.body).encode() if isinstance(answer.body, dict) else answer.body
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "Content-Type" not in answer.headers:
                self.send_header("Content-Type", "application/json" if is_json else "audio/pcm")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is what many of these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        provider.closing.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
