"""Who may ask: a token or the page's session, the page's own origin; with a small body that comes soon."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from media_service.orchestrator.http.body import BodyRefused, whole_body
from media_service.orchestrator.http.cookie import from_header
from media_service.orchestrator.http.headers import hardened
from media_service.orchestrator.http.problems import problem
from media_service.orchestrator.login.door import Door, TooManyGuesses
from media_service.orchestrator.login.session import Session

OPEN = ("/", "/login", "/logout", "/v1/session", "/healthz", "/readyz")
"""Without a token and a session: the page, what it logs in with, and what a probe asks."""
OPEN_UNDER = ("/static/",)
PROBES = ("/healthz", "/readyz")
"""Asked under whatever name a probe has for this machine."""
HOOKS = ("/v1/mediamtx/", "/v1/nginx-rtmp/")
IN_QUERY = "/v1/nginx-rtmp/"
"""nginx-rtmp cannot send a header with its hooks."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_READING = ("GET", "HEAD", "OPTIONS")


class Gate:
    """ASGI. The app behind it sees only what may pass, with its whole body; `session` is in its state."""

    def __init__(self, app: ASGIApp, door: Door, host: str) -> None:
        self._app = app
        self._door = door
        self._hosts = {*_LOOPBACK, host.strip("[]").lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked, send = _Asked.of(scope), hardened(send)
        try:
            session = self._passed(asked)
            if not asked.only_reads:
                receive = await whole_body(receive)
        except _Refused as no:
            await problem(no.status, str(no), no.headers)(scope, receive, send)
        except BodyRefused as no:
            await problem(no.status, str(no), {"Connection": "close"})(scope, receive, send)
        else:
            state = {**scope.get("state", {}), "session": session}
            await self._app({**scope, "state": state}, receive, send)

    def _passed(self, asked: "_Asked") -> Session | None:
        """Raises `_Refused`."""
        if asked.path in PROBES:
            return None
        if not self._door.login_needed and _name(asked.host) not in self._hosts:
            # A page of somebody else's, whose name was made to lead here.
            raise _Refused(403, "this host's name is not one that is listened on")
        if not asked.only_reads and asked.origin is not None and not asked.comes_from_own_page:
            raise _Refused(403, "a page of another site may not do this")
        session = self._door.session(from_header(asked.header("cookie")))
        if asked.is_open or not self._door.is_needed(for_hooks=asked.is_hook):
            return session
        token = asked.token
        if token:
            self._check(token, asked)
            return session
        if session is None or asked.is_hook:
            raise _Refused(
                401, "a token is needed: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"}
            )
        if not asked.only_reads and not asked.comes_from_own_page:
            raise _Refused(403, "with a session, only the page's own Origin may do this")
        return session

    def _check(self, token: str, asked: "_Asked") -> None:
        try:
            fits = self._door.fits(token, asked.address, for_hooks=asked.is_hook)
        except TooManyGuesses as many:
            wait = {"Retry-After": str(many.retry_after_s)}
            raise _Refused(429, "too many wrong tokens came from this address", wait) from None
        if not fits:
            raise _Refused(401, "this is not the token", {"WWW-Authenticate": "Bearer"})


class _Refused(Exception):
    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers


@dataclass(frozen=True)
class _Asked:
    """What of a request decides."""

    method: str
    path: str
    query: bytes
    address: str
    headers: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, scope: Scope) -> Self:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        address = (scope.get("client") or ("",))[0]
        return cls(scope["method"], scope["path"], scope["query_string"], address, headers)

    def header(self, name: str) -> str | None:
        return self.headers.get(name)

    @property
    def only_reads(self) -> bool:
        return self.method in _READING

    @property
    def is_open(self) -> bool:
        return self.path in OPEN or self.path.startswith(OPEN_UNDER)

    @property
    def is_hook(self) -> bool:
        return self.path.startswith(HOOKS)

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def origin(self) -> str | None:
        return self.headers.get("origin")

    @property
    def comes_from_own_page(self) -> bool:
        try:
            return self.origin is not None and urlsplit(self.origin).netloc == self.host != ""
        except ValueError:
            return False

    @property
    def token(self) -> str:
        """Empty where it carries none."""
        given = self.headers.get("authorization", "").partition("Bearer ")[2]
        if self.path.startswith(IN_QUERY) and not given:
            try:
                return parse_qs(self.query.decode("latin-1"), max_num_fields=64).get("token", [""])[0]
            except ValueError:
                return ""
        return given.encode("latin-1").decode("utf-8", "replace")


def _name(host: str) -> str:
    """Of a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
