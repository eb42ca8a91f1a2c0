"""The whole application: what answers which path, behind the gate."""

from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from media_service.orchestrator.control.arrivals import Arrivals
from media_service.orchestrator.control.desk import Desk
from media_service.orchestrator.control.rollout import Rollout
from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.http import cookie, problems
from media_service.orchestrator.http.events import make_events
from media_service.orchestrator.http.gate import Gate
from media_service.orchestrator.http.health import make_health
from media_service.orchestrator.http.hooks import make_hooks
from media_service.orchestrator.http.page import make_page
from media_service.orchestrator.http.previews import make_previews
from media_service.orchestrator.http.problems import Problem
from media_service.orchestrator.http.rollout import make_rollout
from media_service.orchestrator.http.session import make_session
from media_service.orchestrator.http.speech import make_speech
from media_service.orchestrator.http.streams import make_streams
from media_service.orchestrator.http.targets import make_targets
from media_service.page import STATIC

OPENAPI = "/openapi.json"
_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": cookie.NAME},
}


def make_routes(roster: Roster, arrivals: Arrivals) -> FastAPI:
    """Without the gate: for its documentation."""
    # The usual page of documentation fetches its scripts from the internet; a control room has none.
    app = FastAPI(
        title="livedub orchestrator",
        version="1",
        openapi_url=OPENAPI,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    problems.install(app)
    app.include_router(make_health(roster))
    app.include_router(make_targets(roster))
    app.include_router(make_hooks(arrivals, roster.house.metrics))
    app.include_router(make_events(roster))
    app.include_router(make_streams(roster, Desk(roster)))
    app.include_router(make_rollout(Rollout(roster)))
    app.include_router(make_speech(roster.house.speech))
    app.include_router(make_session(roster.house.door))
    app.include_router(make_previews(roster))
    app.include_router(make_page(STATIC, OPENAPI))

    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        document["components"]["securitySchemes"] = _SCHEMES
        document["security"] = [{name: []} for name in _SCHEMES]
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it

    return app


def make_app(roster: Roster, arrivals: Arrivals) -> ASGIApp:
    house = roster.house
    return Gate(make_routes(roster, arrivals), house.door, house.settings.host)
