"""A hub with one model on 127.0.0.1: as much of its HTTP as its Python client asks for."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REVISION = "01234567" * 5


@contextmanager
def hub_with(repo: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths that were asked for."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            asked.append(path)
            begin = f"/{repo}/resolve/"
            file = folder / path.rpartition("/")[2]
            if path.startswith(f"/api/models/{repo}/tree/"):
                rows = [
                    {
                        "type": "file",
                        "path": each.name,
                        "size": each.stat().st_size,
                        "oid": _mark(each.read_bytes()),
                    }
                    for each in sorted(folder.iterdir())
                ]
                self._send(200, json.dumps(rows).encode())
            elif path.startswith(f"/api/models/{repo}"):
                names = sorted(each.name for each in folder.iterdir())
                about = {"id": repo, "sha": REVISION, "siblings": [{"rfilename": name} for name in names]}
                self._send(200, json.dumps(about).encode())
            elif path.startswith(begin) and file.is_file():
                self._send(200, file.read_bytes())
            else:
                self._send(404, b"{}")

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{_mark(body)}"')
            self.send_header("X-Repo-Commit", REVISION)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _mark(body: bytes) -> str:
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()
