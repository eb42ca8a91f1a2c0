"""The page's cookie: no script reads it, no other site sends it."""

from starlette.requests import Request

from media_service.orchestrator.login.session import LIVES_S

NAME = "livedub_session"


def from_header(header: str | None) -> str | None:
    """Of a `Cookie` header; the first of that name."""
    for pair in (header or "").split(";"):
        name, is_pair, value = pair.strip().partition("=")
        if is_pair and name == NAME:
            return value
    return None


def given(value: str, request: Request) -> str:
    """The `Set-Cookie` of a login."""
    return _header(value, LIVES_S, request)


def taken(request: Request) -> str:
    return _header("", 0, request)


def _header(value: str, lives_s: int, request: Request) -> str:
    # Whoever lies about the proxy's word harms nobody but himself.
    told = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    secure = "; Secure" if "https" in (request.url.scheme, told) else ""
    return f"{NAME}={value}; Max-Age={lives_s}; Path=/; HttpOnly; SameSite=Strict{secure}"
