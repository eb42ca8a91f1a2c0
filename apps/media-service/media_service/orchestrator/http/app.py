"""The whole application: what answers which path, behind the gate."""

from typing import Any

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from media_service.orchestrator.control.arrivals import Arrivals
from media_service.orchestrator.control.desk import Desk
from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.http import problems
from media_service.orchestrator.http.events import make_events
from media_service.orchestrator.http.gate import Gate
from media_service.orchestrator.http.health import make_health
from media_service.orchestrator.http.hooks import make_hooks
from media_service.orchestrator.http.problems import Problem
from media_service.orchestrator.http.streams import make_streams

OPENAPI = "/openapi.json"


def make_routes(roster: Roster, arrivals: Arrivals) -> FastAPI:
    """Without the gate: for its documentation."""
    # The usual page of documentation fetches its scripts from the internet; a control room has none.
    app = FastAPI(
        title="livedub orchestrator",
        version="1",
        openapi_url=OPENAPI,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    problems.install(app)
    app.include_router(make_health(roster))
    app.include_router(make_hooks(arrivals, roster.house.metrics))
    app.include_router(make_events(roster))
    app.include_router(make_streams(roster, Desk(roster)))

    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return RedirectResponse(OPENAPI)

    return app


def make_app(roster: Roster, arrivals: Arrivals) -> ASGIApp:
    return Gate(make_routes(roster, arrivals), roster.house.settings)
