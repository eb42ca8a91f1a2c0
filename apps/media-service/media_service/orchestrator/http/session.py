"""The page logs in and out."""

import logging
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from service_kit.logs import named

from media_service.orchestrator.http import cookie
from media_service.orchestrator.http.asker import session_of
from media_service.orchestrator.http.problems import answers, problem
from media_service.orchestrator.http.streams import json
from media_service.orchestrator.login.door import Door, TooManyGuesses
from media_service.orchestrator.names.words import who

log = logging.getLogger(__name__)


class LoginAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=1, max_length=1024)]
    name: Annotated[str, Field(max_length=256)] | None = Field(None, description="who, for the log")


class SessionView(BaseModel):
    login_needed: bool
    logged_in: bool
    name: str | None


def make_session(door: Door) -> APIRouter:
    router = APIRouter(tags=["session"])
    is_open: dict[str, list[object]] = {"security": []}

    @router.get("/v1/session", response_model=SessionView, openapi_extra=is_open)
    async def session(request: Request) -> Response:
        """Whether somebody must log in, and who has."""
        found = session_of(request)
        return json(
            {
                "login_needed": door.login_needed,
                "logged_in": found is not None,
                "name": found.name if found is not None else None,
            }
        )

    @router.post("/login", status_code=204, openapi_extra=is_open, responses=answers(400, 409, 413, 422))
    async def login(asked: LoginAsked, request: Request) -> Response:
        """The token for a session, which comes as a cookie. Wrong tokens are taken ever more slowly."""
        if not door.login_needed:
            return problem(409, "no login is needed: no token is set")
        address = request.client.host if request.client is not None else ""
        name = who(asked.name, "") or None
        try:
            begun = door.log_in(asked.token, name, address)
        except TooManyGuesses as many:
            log.warning("too many wrong tokens", extra=named(address=address))
            wait = {"Retry-After": str(many.retry_after_s)}
            return problem(429, "too many wrong tokens came from this address: wait", wait)
        if begun is None:
            log.warning("a login with a wrong token", extra=named(address=address))
            return problem(401, "this is not the token", {"WWW-Authenticate": "Bearer"})
        log.info("login", extra=named(who=name, address=address))
        return Response(status_code=204, headers={"Set-Cookie": cookie.given(begun, request)})

    @router.post("/logout", status_code=204, openapi_extra=is_open, responses=answers(413))
    async def logout(request: Request) -> Response:
        """Ends the session, also for whoever has a copy of it."""
        found = session_of(request)
        if found is not None:
            door.log_out(found)
            log.info("logout", extra=named(who=found.name))
        return Response(status_code=204, headers={"Set-Cookie": cookie.taken(request)})

    return router
