"""Whether it lives, whether it works, and its numbers."""

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.http.streams import json


class Health(BaseModel):
    status: str


class Readiness(BaseModel):
    ready: bool
    store: bool
    """the last change could be written"""


def make_health(roster: Roster) -> APIRouter:
    router = APIRouter(tags=["health"])
    is_open: dict[str, list[object]] = {"security": []}

    @router.get("/healthz", response_model=Health, openapi_extra=is_open)
    async def healthz() -> Response:
        """200 while the process lives."""
        return json({"status": "ok"})

    @router.get(
        "/readyz",
        response_model=Readiness,
        responses={503: {"model": Readiness}},
        openapi_extra=is_open,
    )
    async def readyz() -> Response:
        """503 while it starts or ends, and while the store takes nothing."""
        works = roster.saver.works
        ready = roster.is_ready and works
        return json({"ready": ready, "store": works}, 200 if ready else 503)

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """For Prometheus."""
        return Response(roster.house.metrics.page(), media_type=CONTENT_TYPE_LATEST)

    return router
