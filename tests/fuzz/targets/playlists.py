"""Playlists of an HLS source, as they are rewritten for GStreamer."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from media_service.config.reach import LedAstray, Reach, host_of
from media_service.playlist.links import Linked, Links
from media_service.playlist.rewriting import LONGEST_ADDRESS, BadPlaylist, rewritten

from fuzz.feed import Feed
from fuzz.promises import hold

BASE = "https://host.example/live/a.m3u8"
OURS = "http://127.0.0.1:1"
ADDRESS = re.compile(r'(?<![A-Z0-9-])URI="([^"]*)"')


def one(data: bytes) -> None:
    feed = Feed(data)
    deepest = bool(feed.number() & 1)
    text = feed.rest().decode("utf-8", "replace")
    links, reach = Links(OURS), Reach(BASE, "same-host", lambda _: ["10.0.0.1"])
    led: list[str] = []

    def link(url: str, is_list: bool) -> str:
        led.append(url)
        return links.of(Linked(url, is_list, deepest=is_list))

    try:
        made = rewritten(text, BASE, link, deepest=deepest)
    except BadPlaylist as bad:
        hold(str(bad).isprintable() and len(str(bad)) < 200, "a line for a person")
        return
    hold(len(made) <= 10 * len(text) + 100 * len(led) + 100, "not much longer than it was")
    for line in made.splitlines():
        for address in [line] if not line.startswith("#") else ADDRESS.findall(line):
            hold(address.startswith(f"{OURS}/"), "no address but ours")
            found = links.find(urlsplit(address).path)
            hold(found is not None and found.url in led, "which stands for one of the source's")
    for url in led:
        hold(len(url) <= LONGEST_ADDRESS, "no address without an end")
        _check(reach, url)


def _check(reach: Reach, url: str) -> None:
    host = host_of(url)
    try:
        reach.check(host)
    except LedAstray as no:
        hold(str(no).isprintable() and len(str(no)) < 200, "a line for a person")
    else:
        hold(host in ("", "host.example") or host[0].isdigit() or ":" in host, "no name that leads inside")


def seeds() -> Iterator[bytes]:
    yield b"\1#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,t\na.ts\n#EXT-X-ENDLIST\n"
    yield b'\0#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="es.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv/a.m3u8\n'
    yield b'\1#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="http://10.0.0.1/k"\n#EXT-X-MAP:URI="i.mp4"\n//8.8.8.8/a\n'
    yield b"\1\xef\xbb\xbf#EXTM3U\r\nfile:///etc/passwd\r\nhttp://[::1]/a\r\nhttp://[\r\ndata:,x\r\n\\\\h\\a\r\n"
