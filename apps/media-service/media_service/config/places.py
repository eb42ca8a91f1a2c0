"""Where a stream may come from and go to, told from its URL. The errors say what is wanted, never the URL."""

import os
import re
from itertools import chain, count
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

InputKind = Literal["rtsp", "rtmp", "srt", "hls", "file"]
OutputKind = Literal["rtmp", "rtsp", "srt", "hls", "file"]

FILE_SUFFIXES = (".mp4", ".mkv", ".ts", ".flv")

_INPUTS: dict[str, InputKind] = {
    "rtsp": "rtsp",
    "rtsps": "rtsp",
    "rtmp": "rtmp",
    "rtmps": "rtmp",
    "srt": "srt",
    "http": "hls",
    "https": "hls",
    "file": "file",
}
_OUTPUTS: dict[str, OutputKind] = {
    "rtmp": "rtmp",
    "rtmps": "rtmp",
    "rtsp": "rtsp",
    "srt": "srt",
    "file": "file",
}
_LOST_SLASHES = re.compile(r"^(rtsp|rtmp|srt|http|file)s?:", re.IGNORECASE)
NETWORK = re.compile(
    r"^(?P<scheme>\w+)://(?:[^/?#]*@)?(?P<host>\[[0-9a-fA-F:.%]+\]|[^/?#:@\[\]]*)(?::(?P<port>\d{1,5}))?"
    r"(?P<path>/[^?#]*)?(?:[?#].*)?$"
)
"""How a URL that leads to a machine is read."""


def input_kind(url: str) -> InputKind:
    """Raises ValueError with what is wrong."""
    scheme = _scheme(url)
    kind = _INPUTS.get(scheme)
    if kind is None:
        raise ValueError(f"{_shown(scheme)} is no input: rtsp, rtmp, srt, http(s) (.m3u8) or a file is")
    if kind != "file":
        path = _check_network(url, kind)
        if kind == "hls" and not path.lower().endswith(".m3u8"):
            raise ValueError("an http(s) input is a playlist: its path ends in .m3u8")
    return kind


def output_kind(url: str) -> OutputKind:
    """Raises ValueError with what is wrong. A path that ends in `/`, or is a directory, is HLS."""
    scheme = _scheme(url)
    kind = _OUTPUTS.get(scheme)
    if kind is None:
        raise ValueError(f"{_shown(scheme)} is no output: rtmp, rtsp, srt, a directory (HLS) or a file is")
    if kind != "file":
        _check_network(url, kind)
        return kind
    if url.endswith("/") or local_path(url).is_dir():
        return "hls"
    if local_path(url).suffix.lower() not in FILE_SUFFIXES:
        raise ValueError(f"a file ends in {', '.join(FILE_SUFFIXES)}, a directory (HLS) in /")
    return "file"


def check_service(url: str) -> None:
    """Raises ValueError where a speech service cannot be."""
    if _scheme(url) not in ("http", "https", "ws", "wss"):
        raise ValueError("an http(s):// or ws(s):// URL is needed")
    _check_network(url, "service")


def local_path(url: str) -> Path:
    """Of a file's URL, or of a path."""
    if _scheme(url) == "file" and "://" in url:
        return Path(unquote(url.partition("://")[2]))
    return Path(url)


def same_place(one: str, other: str) -> bool:
    """Whether two URLs are one place, as far as the URLs tell."""
    if _scheme(one) == _scheme(other) == "file":
        return local_path(one).resolve() == local_path(other).resolve()
    return _plain(one) == _plain(other)


def problem_reading(path: Path) -> str | None:
    if not path.exists():
        return "no such file"
    if not path.is_file():
        return "is no file"
    return None if os.access(path, os.R_OK) else "may not be read"


def problem_writing_into(folder: Path) -> str | None:
    """A folder that is missing will be made, in one that is there."""
    if not folder.exists() and folder.parent.exists():
        folder = folder.parent
    if not folder.is_dir():
        return "its folder does not exist"
    return None if os.access(folder, os.W_OK | os.X_OK) else "its folder may not be written to"


def problem_writing_file(path: Path) -> str | None:
    if path.exists() and not path.is_file():
        return "is there, and is no file"
    if not path.parent.is_dir():
        return "its folder does not exist"
    if not os.access(path.parent, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        return "may not be written to"
    return None


def free_path(path: Path) -> Path:
    """The path itself, or the next name beside it that nothing has: NAME-2, NAME-3 and so on."""
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(free for free in chain([path], names) if not free.exists())


def _scheme(url: str) -> str:
    scheme, is_url, _ = url.partition("://")
    if not is_url and _LOST_SLASHES.match(url):
        raise ValueError("a URL begins with scheme://")
    return scheme.lower() if is_url else "file"


def _shown(scheme: str) -> str:
    return f"{scheme}://" if re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme) else "this"


def _plain(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}".lower() + (slash + path).rstrip("/")


def _check_network(url: str, kind: str) -> str:
    """The path."""
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        raise ValueError("a URL has no spaces or control characters")
    parts = NETWORK.match(url)
    if parts is None:
        raise ValueError("scheme://host:port/path is needed; quote /, ?, # and @ in a password (%2F ...)")
    port, path = parts["port"], parts["path"] or ""
    if not parts["host"] and not (kind == "srt" and port):
        raise ValueError("the host is missing")
    if port and not 1 <= int(port) <= 65535:
        raise ValueError("a port is 1 to 65535")
    if kind == "srt" and not port:
        raise ValueError("srt:// needs a port")
    if kind == "rtmp" and len([part for part in path.split("/") if part]) < 2:
        raise ValueError("an RTMP URL names an application and a stream: rtmp://host/application/stream")
    return path


def problem_sharing(source: str, output: str) -> str | None:
    """Why two workers cannot follow each other without a gap: for a while both run side by side."""
    parts = urlsplit(source)
    listens = parts.scheme == "srt" and (not parts.hostname or "mode=listener" in parts.query.split("&"))
    if input_kind(source) == "file" or listens:
        return "two workers cannot read this input at once"
    if output_kind(output) in ("file", "hls"):
        return "an output that is a file or a folder cannot be handed over"
    return None
