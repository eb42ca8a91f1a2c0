"""A session's cookie, and the header it comes in."""

import base64
import hmac
from collections.abc import Iterator

from media_service.orchestrator.http.cookie import NAME, from_header
from media_service.orchestrator.login.session import Sessions

from fuzz.feed import Feed
from fuzz.promises import hold

NOW_S = 1_700_000_000.0
SESSIONS = Sessions(b"s" * 32, "token", lambda: NOW_S)
STRANGERS = Sessions(b"s" * 32, "another token", lambda: NOW_S)
GOOD = SESSIONS.begin("Ana")
KNOWN = SESSIONS.find(GOOD)


def one(data: bytes) -> None:
    feed = Feed(data)
    way = feed.number() % 4
    if way == 0:
        cookie = feed.rest().decode("latin-1")
    elif way == 1:
        found = from_header(feed.rest().decode("latin-1"))
        if found is None:
            return
        cookie = found
    else:
        # A good one, changed in a place or two.
        letters = list(GOOD)
        while feed:
            letters[feed.number(2) % len(letters)] = chr(feed.number() & 127)
        cookie = "".join(letters)
    session = SESSIONS.find(cookie)
    hold(session is None or session == KNOWN, "nobody makes a session of his own")
    hold(STRANGERS.find(cookie) is None, "nor uses one of another house")


def seeds() -> Iterator[bytes]:
    # None that is signed: the corpus would hold what looks like a key.
    body = base64.urlsafe_b64encode(b'{"id":"a","name":null,"until":9}').rstrip(b"=")
    signed = base64.urlsafe_b64encode(hmac.digest(b"k", b"x", "sha256")).rstrip(b"=")
    yield b"\0" + body + b"." + signed
    yield b"\1" + f"a=b; {NAME}=".encode() + body + b".; c"
    yield b"\2" + b"\0\0a"
    yield b"\3" + b"\0\x40.\0\x41="
