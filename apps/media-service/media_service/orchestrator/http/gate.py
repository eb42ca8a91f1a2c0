"""Who may ask: the token, the page's own origin, and bodies that are small and come soon."""

import asyncio
import hmac
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from media_service.orchestrator.http.problems import problem
from media_service.orchestrator.settings import OrchestratorSettings

LARGEST_BODY = 64 * 1024
BODY_S = 10.0
OPEN = ("/healthz", "/readyz")
HOOKS = ("/v1/mediamtx/", "/v1/nginx-rtmp/")
IN_QUERY = "/v1/nginx-rtmp/"
"""nginx-rtmp cannot send a header with its hooks."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_READING = ("GET", "HEAD", "OPTIONS")


class Gate:
    """ASGI. The app behind it sees only what may pass, with its whole body."""

    def __init__(self, app: ASGIApp, settings: OrchestratorSettings) -> None:
        self._app = app
        self._token = settings.token
        self._hook_token = settings.hook_token
        self._hosts = {*_LOOPBACK, settings.host.strip("[]").lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        refused = self._refused(scope, headers)
        if refused is not None:
            status, detail = refused
            challenge = {"WWW-Authenticate": "Bearer"} if status == 401 else None
            await problem(status, detail, challenge)(scope, receive, send)
            return
        if scope["method"] not in _READING:
            try:
                async with asyncio.timeout(BODY_S):
                    body = await _body(receive)
            except TimeoutError:
                await problem(408, "the body did not come in time", {"Connection": "close"})(
                    scope, receive, send
                )
                return
            if body is None:
                detail = f"a body has at most {LARGEST_BODY} bytes"
                await problem(413, detail, {"Connection": "close"})(scope, receive, send)
                return
            receive = _replayed(body, receive)
        await self._app(scope, receive, _hardened(send))

    def _refused(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Status and detail of what stands against it."""
        path = scope["path"]
        if path in OPEN:
            return None
        host = headers.get("host", "")
        if self._token is None and _name(host) not in self._hosts:
            # A page of somebody else's, whose name was made to lead here.
            return 403, "this host's name is not one that is listened on"
        origin = headers.get("origin")
        if origin is not None and scope["method"] not in _READING and urlsplit(origin).netloc != host:
            return 403, "a page of another site may not do this"
        if not self._may(path, scope, headers):
            return 401, "a token is needed: Authorization: Bearer ..."
        return None

    def _may(self, path: str, scope: Scope, headers: dict[str, str]) -> bool:
        if self._token is None and (self._hook_token is None or not path.startswith(HOOKS)):
            return True
        given = headers.get("authorization", "").partition("Bearer ")[2]
        if path.startswith(IN_QUERY) and not given:
            given = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=64).get("token", [""])[0]
        good = [self._token] if self._token is not None else []
        if path.startswith(HOOKS) and self._hook_token is not None:
            good.append(self._hook_token)
        # All are compared, whichever fits: the time tells nothing.
        fits = [hmac.compare_digest(given.encode("latin-1", "replace"), one.encode()) for one in good]
        return any(fits)


async def _body(receive: Receive) -> bytes | None:
    """None where it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return replay


def _hardened(send: Send) -> Send:
    async def harden(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            given = {name.lower() for name, _ in headers}
            for name, value in ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")):
                if name not in given:
                    headers.append((name, value))
            message = {**message, "headers": headers}
        await send(message)

    return harden


def _name(host: str) -> str:
    """Of a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
