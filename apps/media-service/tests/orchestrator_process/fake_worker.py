"""Pretends to be a worker: the same variables in, the same port, the same exit codes, and no media.

A file named by FAKE_SCRIPT tells it what to do, and is looked at again and again:
`{"state": ..., "input": "up", "status": {...}, "exit": 10, "hangs": true, "port": false}`, or the same under
a stream's id. One that succeeds another asks that one to go once "takes" is not false; "frozen": it stays.
Where a preview is wanted it writes some files, and never takes them away.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SCRIPT = Path(os.environ["FAKE_SCRIPT"])
NAME = os.environ["WORKER_STREAM_ID"]
RUN_ID = os.urandom(4).hex()


class Worker:
    mode = "dub"
    phase = "succeeding" if os.environ.get("WORKER_SUCCEEDS") else "steady"


def script() -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(SCRIPT.read_text())
    except (OSError, json.JSONDecodeError):
        return {}
    return {**told, **told.get(NAME, {})}


class Port(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._hang()
        if self.headers.get("Authorization") != f"Bearer {os.environ['WORKER_CONTROL_TOKEN']}":
            self._answer(401, {})
        elif self.path == "/v1/status":
            told = script()
            self._answer(
                200,
                {
                    "stream_id": NAME,
                    "run_id": RUN_ID,
                    "state": told.get("state", "dubbing"),
                    "mode": Worker.mode,
                    "input": {"state": told.get("input", "up")},
                    "output": {"state": "up"},
                    **({"phase": Worker.phase} if told.get("hands_over") else {}),
                    **told.get("status", {}),
                },
            )
        elif self.path == "/metrics":
            self._answer(200, {"worker_mode": Worker.mode})
        elif self.path == "/v1/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(f"id: {RUN_ID}-1\nevent: change\ndata: {{}}\n\n".encode())
            self.wfile.flush()
            while True:
                time.sleep(0.2)
                self.wfile.write(b":\n\n")

    def do_POST(self) -> None:
        self._hang()
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/hand-over":
            self._answer(200, {})
            if not script().get("frozen"):
                threading.Timer(0.1, end, [0]).start()
            return
        Worker.mode = asked["mode"]
        self._answer(200, asked)

    def _hang(self) -> None:
        while script().get("hangs"):
            time.sleep(0.1)

    def _answer(self, status: int, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def end(code: int) -> None:
    sys.stderr.write(json.dumps({"message": "ended", "exitCode": code}) + "\n")
    sys.stderr.flush()
    os._exit(code)


def write_preview() -> None:
    told = os.environ.get("WORKER_PREVIEW_DIR")
    for side in ("input", "output") if told else ():
        folder = Path(str(told), side)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "7.ts").write_bytes(f"{side} of {RUN_ID}".encode().ljust(600_000, b"G"))
        (folder / "8.ts.part").write_bytes(b"not yet")
        (folder / "index.m3u8").write_text("#EXTM3U\n7.ts\n")


def take_over() -> None:
    """As a successor does, without any media."""
    url = os.environ["WORKER_SUCCEEDS"]
    if not script().get("takes", True):
        return
    headers = {"Authorization": f"Bearer {os.environ['WORKER_SUCCEEDS_TOKEN']}"}
    asked = urllib.request.Request(f"{url}/v1/hand-over", b"{}", headers, method="POST")
    with contextlib.suppress(OSError), urllib.request.urlopen(asked, timeout=5):
        pass
    Worker.phase = "steady"


def main() -> None:
    write_preview()
    signal.signal(signal.SIGTERM, lambda *_: end(0) if not script().get("deaf") else None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Port)
    server.daemon_threads = True
    sys.stderr.write(json.dumps({"input": os.environ["WORKER_INPUT_URL"]}) + "\n")
    if script().get("port", True):
        sys.stdout.write(f"port {server.server_port}\n")
        sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        code = script().get("exit")
        if code is not None and (Worker.phase == "succeeding" or not script().get("only_successor")):
            end(code)
        if Worker.phase == "succeeding":
            take_over()
        time.sleep(0.03)


if __name__ == "__main__":
    main()
