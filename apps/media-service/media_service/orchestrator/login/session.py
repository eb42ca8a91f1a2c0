"""A session of the page: signed, so that it needs no memory, and with an end.

It holds no token. Its key is made of the token and of a secret of the state folder's: a session dies with a
changed token, and nobody can try tokens against one that he has seen.
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LONGEST = 1024
"""Characters of a session as a cookie holds it."""
LIVES_S = 7 * 24 * 3600
"""A control room runs for days; nobody is to be sent out of it in the middle of a match."""
MOST_ENDED = 4096
KEY_BYTES = 32

UnixClock = Callable[[], float]
"""Seconds since 1970."""


@dataclass(frozen=True)
class Session:
    session_id: str
    name: str | None
    until_unix_s: int


class Sessions:
    def __init__(self, secret: bytes, token: str, clock: UnixClock) -> None:
        self._key = hmac.digest(secret, b"livedub session\0" + token.encode(), "sha256")
        self._clock = clock
        self._ended: dict[str, int] = {}

    def begin(self, name: str | None) -> str:
        """What its cookie holds. Always a new one: what a browser already has says nothing."""
        told = {"id": secrets.token_hex(16), "name": name, "until": int(self._clock()) + LIVES_S}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return f"{_text(body)}.{_text(self._signature(body))}"

    def find(self, cookie: str) -> Session | None:
        """None where it is not ours, over, or was ended."""
        if len(cookie) > LONGEST or not cookie.isascii():
            return None
        body, signature = (_bytes(part) for part in _halves(cookie))
        if body is None or signature is None or not hmac.compare_digest(self._signature(body), signature):
            return None
        told = json.loads(body)
        session = Session(told["id"], told["name"], told["until"])
        return session if self.lasts(session) else None

    def lasts(self, session: Session) -> bool:
        return session.until_unix_s > self._clock() and session.session_id not in self._ended

    def end(self, session: Session) -> None:
        """Whoever else has its cookie is out as well."""
        now_s = self._clock()
        self._ended = {one: until_s for one, until_s in self._ended.items() if until_s > now_s}
        if len(self._ended) >= MOST_ENDED:
            # Those that ended first are nearest to their own end.
            del self._ended[next(iter(self._ended))]
        self._ended[session.session_id] = session.until_unix_s

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")


def secret_of(state_dir: Path) -> bytes:
    """The same in every life of this state folder; made where there is none. Blocks; raises OSError."""
    file = state_dir / "session-secret"
    try:
        known = file.read_bytes()
    except FileNotFoundError:
        known = b""
    if len(known) == KEY_BYTES:
        return known
    made = secrets.token_bytes(KEY_BYTES)
    draft = file.with_suffix(".part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(made)
    draft.replace(file)
    return made


def _halves(cookie: str) -> tuple[str, str]:
    body, _, signature = cookie.partition(".")
    return body, signature


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
