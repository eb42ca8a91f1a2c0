"""How a request is refused: a problem document (RFC 9457), whatever refused it."""

import http
import logging

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from service_kit.logs import named
from starlette.exceptions import HTTPException
from starlette.routing import Route

from media_service.orchestrator.errors import OrchestratorError

CONTENT_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


class Problem(BaseModel):
    """application/problem+json"""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    told = Problem(title=http.HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(orjson.dumps(told.model_dump()), status, headers, CONTENT_TYPE)


def answers(*statuses: int) -> dict[int | str, dict[str, object]]:
    """For a route's documentation."""
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": http.HTTPStatus(status).phrase, "content": content}
        for status in sorted({401, 403, 429, *statuses})
    }


def install(app: FastAPI) -> None:
    app.add_exception_handler(OrchestratorError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _routing)
    app.add_exception_handler(Exception, _fault)


async def _ours(_: Request, error: Exception) -> Response:
    return problem(getattr(error, "status", 500), str(error))


async def _invalid(_: Request, error: Exception) -> Response:
    """Names the field and the rule, and never the value: it may be a key."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    told = [
        f"{'.'.join(str(part) for part in one['loc'][1:]) or 'the body'}: {one['msg']}" for one in found[:5]
    ]
    return problem(422, "; ".join(told) or "the request makes no sense")


async def _routing(request: Request, error: Exception) -> Response:
    status, detail, headers = 500, "", None
    if isinstance(error, HTTPException):
        status, detail, headers = error.status_code, error.detail, dict(error.headers or {})
    if status == 405:
        # The router names the methods of the first route only that has this path.
        headers = {**(headers or {}), "Allow": ", ".join(_allowed(request))}
    return problem(status, detail, headers)


def _allowed(request: Request) -> list[str]:
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.path_regex.match(request.url.path):
            found |= route.methods or set()
    return sorted(found)


async def _fault(request: Request, error: Exception) -> Response:
    log.error("a request failed", exc_info=error, extra=named(path=request.url.path))
    return problem(500, "a fault of the orchestrator's; its log tells more")
