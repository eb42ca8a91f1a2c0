"""Whether a request may pass: by token, by session, or because no token is set."""

import hashlib
import hmac
import math
import time
from collections.abc import Callable

from media_service.orchestrator.login.guesses import Guesses
from media_service.orchestrator.login.session import Session, Sessions, UnixClock

LOGINS_AT_ONCE = 5
LOGIN_AGAIN_S = 5.0
TOKENS_AT_ONCE = 100
TOKEN_AGAIN_S = 1.0
"""More than for logins: a program that was given a wrong token asks again and again, and means no harm."""


class TooManyGuesses(Exception):
    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.retry_after_s = math.ceil(wait_s)


class Door:
    def __init__(
        self,
        token: str | None,
        hook_token: str | None,
        secret: bytes,
        *,
        clock: Callable[[], float] = time.monotonic,
        unix_clock: UnixClock = time.time,
    ) -> None:
        self._token = token
        self._hook_token = hook_token
        self._sessions = Sessions(secret, token, unix_clock) if token is not None else None
        self._logins = Guesses(LOGINS_AT_ONCE, LOGIN_AGAIN_S, clock)
        self._tokens = Guesses(TOKENS_AT_ONCE, TOKEN_AGAIN_S, clock)

    @property
    def login_needed(self) -> bool:
        return self._token is not None

    def is_needed(self, *, for_hooks: bool) -> bool:
        """A token, or a session."""
        return self._token is not None or (for_hooks and self._hook_token is not None)

    def fits(self, given: str, address: str, *, for_hooks: bool) -> bool:
        """A token that a request carries. Raises `TooManyGuesses`."""
        good = [self._token] if self._token is not None else []
        if for_hooks and self._hook_token is not None:
            good.append(self._hook_token)
        return _guessed(self._tokens, address, given, good)

    def session(self, cookie: str | None) -> Session | None:
        return self._sessions.find(cookie) if self._sessions is not None and cookie else None

    def log_in(self, token: str, name: str | None, address: str) -> str | None:
        """A new session's cookie; None for a wrong token, or where none is set. Raises `TooManyGuesses`."""
        if self._sessions is None or self._token is None:
            return None
        if not _guessed(self._logins, address, token, [self._token]):
            return None
        return self._sessions.begin(name)

    def lasts(self, session: Session) -> bool:
        """It is neither over nor ended."""
        return self._sessions is not None and self._sessions.lasts(session)

    def log_out(self, session: Session) -> None:
        if self._sessions is not None:
            self._sessions.end(session)


def _guessed(guesses: Guesses, address: str, given: str, good: list[str]) -> bool:
    wait_s = guesses.wait_s(address)
    if wait_s > 0:
        # Also the right one: else a guess would not be slowed.
        raise TooManyGuesses(wait_s)
    # All are compared, whichever fits, and their digests: the time tells nothing, not even a length.
    fits = [hmac.compare_digest(_digest(given), _digest(one)) for one in good]
    if not any(fits):
        guesses.wrong(address)
    return any(fits)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
