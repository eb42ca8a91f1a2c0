"""A URL from outside, taken apart by a grammar so strict that no two programs can read it differently."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from media_service.config.places import input_kind, output_kind
from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.patterns import IPV6, NAME, PORT, USER

LONGEST_URL = 2048

_URL = re.compile(
    r"(?P<scheme>[a-z]{2,8})://"
    rf"{USER}"
    rf"(?P<host>\[{IPV6}\]|(?:{NAME})?)"
    rf"(?::(?P<port>{PORT}))?"
    r"(?P<path>/[^?#\s\\]*)?"
    r"(?:\?[^#\s\\]*)?"
)


@dataclass(frozen=True)
class Place:
    """What decides whether a URL may be used."""

    scheme: str
    host: str
    """lower case, without brackets; empty: this machine listens"""
    port: int | None
    path: str
    """of a file only: absolute"""


def place(url: str) -> Place:
    """Raises `Refused`."""
    if len(url) > LONGEST_URL:
        raise Refused(f"a URL has at most {LONGEST_URL} characters")
    if not url.isascii() or not url.isprintable():
        raise Refused("a URL has no spaces, control characters or letters beyond ASCII: quote them (%20)")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise Refused(
            "a URL is scheme://host:port/path, in small letters its scheme; quote odd characters (%40)"
        )
    scheme, path = parts["scheme"], parts["path"] or ""
    port = int(parts["port"]) if parts["port"] else None
    if scheme == "file":
        return Place("file", "", None, _file(url))
    return Place(scheme, parts["host"].strip("[]").lower().rstrip("."), port, path)


def check_input(url: str) -> Place:
    """A URL that a worker can read from. Whether it may is for `allowed` to say."""
    found = place(url)
    try:
        input_kind(url)
    except ValueError as error:
        raise Refused(f"input_url: {error}") from None
    return found


def check_output(url: str) -> Place:
    """A URL that a worker can send to: a server, never a file."""
    found = place(url)
    try:
        kind = output_kind(url)
    except ValueError as error:
        raise Refused(f"output_url: {error}") from None
    if kind in ("file", "hls"):
        raise Refused("an output is a server's URL: rtmp, rtsp or srt")
    return found


def _file(url: str) -> str:
    raw = url.removeprefix("file://")
    path = unquote(raw)
    if not raw.startswith("/") or "\0" in path or ".." in PurePosixPath(path).parts or "?" in raw:
        raise Refused("a file's URL is file:///folder/file, without .. in it")
    return path
