"""URLs from outside: where they lead, and whether that is allowed."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from media_service.config.places import check_service, input_kind, output_kind, same_place
from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.allowed import Allowed
from media_service.orchestrator.names.urls import Place, check_input, check_output, place
from yarl import URL

from fuzz.feed import Feed, piece
from fuzz.promises import hold

INSIDE = "10.1.2.3"
PUBLIC = Allowed("public", lambda _: ["8.8.8.8", INSIDE])
"""Every name has an internal address too."""


def one(data: bytes) -> None:
    feed = Feed(data)
    url, entries = (feed.piece().decode("utf-8", "surrogateescape") for _ in range(2))
    for check in (input_kind, output_kind, check_service):
        try:
            check(url)
            same_place(url, "rtmp://host.example/live/name")
        except ValueError as wrong:
            hold(len(str(wrong)) < 200, "few words")
    for known in (check_input, check_output, place):
        try:
            found = known(url)
        except Refused as refused:
            hold(str(refused).isprintable() and len(str(refused)) < 300, "a line for a person")
            continue
        _check_reading(url, found)
        _check_policy(found, entries)


def _check_reading(url: str, found: Place) -> None:
    if found.scheme == "file":
        hold(".." not in found.path.split("/") and "\0" not in found.path, "a file without tricks")
        return
    split, other = urlsplit(url), URL(url, encoded=True)
    host = found.host.rstrip(".")
    hold((split.hostname or "").rstrip(".") == host, "other programs find the same host")
    hold((other.host or "").lower().rstrip(".") == host, "and so do others")
    hold(split.port == found.port, "and the same port")


def _check_policy(found: Place, entries: str) -> None:
    try:
        PUBLIC.check(found)
    except Refused:
        pass
    else:
        # Only what is an address itself can be public where every name leads inside.
        hold(_is_outside(found.host), "no way in from outside")
    try:
        allowed = Allowed(entries, lambda _: [INSIDE])
    except ValueError:
        return
    try:
        allowed.check(found)
    except Refused:
        return


def _is_outside(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_global


def seeds() -> Iterator[bytes]:
    urls = (
        "rtmp://u:p@host.example:1935/live/key?a=b",
        "rtsp://[2001:db8::1]:554/main",
        "srt://h.example:9000?streamid=x&passphrase=y",
        "https://h.example/a/b.m3u8?token=t",
        "http://[::ffff:10.0.0.1]/a.m3u8",
        "http://0x7f.1/a.m3u8",
        "http://127.1/a.m3u8",
        "http://8.8.8.8\\@10.0.0.1/a.m3u8",
        "file:///media/a%2e%2e/b.ts",
        "http://8.8.8.8/a.m3u8",
    )
    for url in urls:
        yield piece(url.encode()) + piece(b"public, rtmp://10.0.0.0/8, *://*.example:1935, file:///media/")
