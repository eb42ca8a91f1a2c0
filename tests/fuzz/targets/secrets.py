"""Masks: whatever surrounds a secret in a URL, and whatever text quotes it, nobody reads it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from media_service.config.places import NETWORK
from media_service.config.urls import concealer, mask

from fuzz.feed import Feed, piece
from fuzz.promises import hold

SECRET = "Zq7vX9wK"  # pragma: allowlist secret
"""Plain letters, so that no quoting changes it; longer than what is hidden in URLs only."""
SCHEMES = ("rtmp", "rtmps", "rtsp", "rtsps", "srt", "http", "https")
PLACES = ("password", "key", "query", "option")


def one(data: bytes) -> None:
    feed = Feed(data)
    scheme, where = SCHEMES[feed.number() % len(SCHEMES)], PLACES[feed.number() % len(PLACES)]
    before, after, around = (feed.piece().decode("utf-8", "replace") for _ in range(3))
    for free in (before, after, around):
        mask(free)
        concealer([free])(around)
    url = made(scheme, where, before, after)
    if where == "password" and _is_no_password(url):
        return
    shown = mask(url)
    hold(SECRET not in shown, f"a mask hides the {where}")
    hold(mask(shown) == shown, "what is masked stays as it is")
    conceal = concealer([url], [SECRET] if where == "option" else [])
    for text in (url, f"{around}{url}{around}", f"{around} {url}", f"cannot open '{url}': {around}"):
        hold(SECRET not in conceal(text), f"a text hides the {where}")


def _is_no_password(url: str) -> bool:
    """By the grammar of URLs this is a host, or a path: the same signs may mean another URL."""
    try:
        found = urlsplit(url)
        return NETWORK.match(url) is not None and SECRET not in f"{found.username}:{found.password}"
    except ValueError:
        return False


def made(scheme: str, where: str, before: str, after: str) -> str:
    """What comes around a secret may be anything that leaves it where it is."""
    secret = f"{before}{SECRET}{after}"
    match where:
        case "password":
            # After an `@` in it the host would begin for some, so the last one counts.
            return f"{scheme}://user:{secret}@host.example:1935/live/name"
        case "key":
            plain = "".join(
                letter for letter in secret if letter not in "/?# \t\n\r\f\v@" and letter.isprintable()
            )
            return f"rtmp://host.example/live/{plain}"
        case "query":
            return f"{scheme}://host.example:9000/a/b.m3u8?token={secret}"
        case _:
            return f"{scheme}://host.example/app/name live=1 token={secret}"


def seeds() -> Iterator[bytes]:
    for number in range(len(SCHEMES)):
        for where in range(len(PLACES)):
            yield bytes([number, where]) + piece(b"a") + piece(b"b%20") + piece(b"refused")
    yield b"\0\0" + piece(b"p/a@s?s#w") + piece(b"://x@") + piece(b"rtmp://host.example/live/other")
    yield b"\2\0" + piece(b" \n") + piece(b"\x1b[31m") + piece(b"'\"<>")
