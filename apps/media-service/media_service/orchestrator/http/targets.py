"""Where Prometheus finds the workers' metrics: its service discovery by HTTP."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.http.problems import answers
from media_service.orchestrator.http.streams import json


class Labels(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)

    path: str = Field(alias="__metrics_path__")
    stream_id: str


class TargetGroup(BaseModel):
    targets: list[str]
    """where to ask: this orchestrator, by the name by which Prometheus knows it"""
    labels: Labels


def make_targets(roster: Roster) -> APIRouter:
    router = APIRouter(prefix="/v1/prometheus", tags=["health"])

    @router.get("/targets", response_model=list[TargetGroup], responses=answers())
    async def targets(request: Request) -> Response:
        """The running workers, for `http_sd_configs`."""
        host = request.headers.get("host", "")
        return json([target(host, keeper.stream.stream_id) for keeper in roster.keepers() if keeper.told])

    return router


def target(host: str, stream_id: str) -> dict[str, object]:
    path = f"/v1/streams/{stream_id}/metrics"
    return {"targets": [host], "labels": {"__metrics_path__": path, "stream_id": stream_id}}
