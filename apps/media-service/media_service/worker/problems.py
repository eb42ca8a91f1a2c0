"""How a request is refused: every error is a problem document (RFC 9457), and a token where one is set."""

import hmac
import logging

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from service_kit.logs import named

log = logging.getLogger(__name__)


class Problem(Exception):
    """Ends a request with this status; the detail is for the client."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    headers: dict[str, str] = {}
    try:
        return await handler(request)
    except Problem as problem:
        status, detail = problem.status, str(problem)
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
    except web.HTTPException as error:
        status, detail = error.status, error.reason
        if "Allow" in error.headers:
            headers["Allow"] = error.headers["Allow"]
    except Exception:
        log.exception("a request failed", extra=named(path=request.path))
        status, detail = 500, "A fault of the worker's; its log tells more"
    title = web.Response(status=status).reason
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        headers={"Content-Type": "application/problem+json", **headers},
    )


def gate(token: str | None) -> Middleware:
    """With a token, everything but `/health` wants it."""
    wanted = None if token is None else f"Bearer {token}".encode()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if wanted is not None and request.path != "/health":
            given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, wanted):
                raise Problem(401, "A token is needed: Authorization: Bearer ...")
        return await handler(request)

    return check


def refuse_pages(request: web.Request) -> None:
    """Any page that an operator's browser shows could send something to a port on the same machine."""
    if "Origin" in request.headers:
        raise Problem(403, "A web page may not switch this worker; its server may")
