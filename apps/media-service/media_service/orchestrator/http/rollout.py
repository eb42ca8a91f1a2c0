"""`/v1/rollout`: every worker replaced by a new one, on air."""

from fastapi import APIRouter
from fastapi.responses import Response

from media_service.orchestrator.control.rollout import Rollout, RolloutView
from media_service.orchestrator.http.asker import Asker
from media_service.orchestrator.http.problems import answers
from media_service.orchestrator.http.streams import json


def make_rollout(rollout: Rollout) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["streams"])

    @router.post("/rollout", status_code=202, response_model=RolloutView, responses=answers(409, 422, 503))
    async def begin_rollout(asker: Asker) -> Response:
        """One stream after the other; one that cannot go over keeps its worker."""
        return json(await rollout.begin(asker), 202)

    @router.get("/rollout", response_model=RolloutView, responses=answers())
    async def get_rollout() -> Response:
        """The one that goes on, or the last one since the orchestrator's start."""
        return json(rollout.shown)

    return router
