"""Files as answers: found by names that lead nowhere else, read in pieces, never on the loop."""

import asyncio
import contextlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE_BYTES = 256 * 1024
SLOWEST_WRITE_S = 10.0
"""Whoever takes no piece for so long is hung up on."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ts": "video/mp2t",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Opened:
    """Stays readable when its name is taken away meanwhile."""

    file: BinaryIO
    size: int
    etag: str


def open_file(path: Path) -> Opened | None:
    """None where there is no such plain file. Blocks."""
    try:
        # A link, or a pipe that nobody writes to, is not waited for and not followed.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        return None
    return Opened(os.fdopen(handle, "rb"), found.st_size, f'"{found.st_mtime_ns:x}-{found.st_size:x}"')


class FileAnswer(Response):
    """Of a file as it was when it was opened; one that has become shorter ends the connection."""

    def __init__(self, opened: Opened, name: str, headers: Mapping[str, str]) -> None:
        kind = TYPES.get(Path(name).suffix, "application/octet-stream")
        told = {"Content-Type": kind, "ETag": opened.etag, "Cache-Control": "no-cache", **headers}
        super().__init__(headers={**told, "Content-Length": str(opened.size)})
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Whoever is hung up on has no answer to end.
        with self._opened.file as file, contextlib.suppress(TimeoutError):
            if _is_known(scope, self._opened.etag):
                kept = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
                await send({"type": "http.response.start", "status": 304, "headers": kept})
                await send({"type": "http.response.body", "body": b""})
                return
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            left = self._opened.size if scope["method"] != "HEAD" else 0
            while left > 0:
                piece = await asyncio.to_thread(file.read, min(left, PIECE_BYTES))
                if not piece:
                    return
                left -= len(piece)
                async with asyncio.timeout(SLOWEST_WRITE_S):
                    await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
            if self._opened.size == 0 or scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})


def _is_known(scope: Scope, etag: str) -> bool:
    """The asker has it already."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = [tag.strip().removeprefix("W/") for tag in value.decode("latin-1").split(",")]
            return etag in tags or "*" in tags
    return False
