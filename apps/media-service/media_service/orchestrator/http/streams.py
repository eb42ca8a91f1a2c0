"""`/v1/streams`: list, add, edit, start, stop, delete; the operator's switch; what was done."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from media_service.orchestrator.control.desk import Desk
from media_service.orchestrator.control.keeper import Keeper
from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.control.view import StreamView, view
from media_service.orchestrator.http.models import (
    ActionList,
    ModeAsked,
    NewStream,
    StreamId,
    StreamList,
    StreamSettings,
)
from media_service.orchestrator.http.problems import answers
from media_service.orchestrator.names.words import who

Operator = Annotated[str | None, Header(alias="X-Operator", max_length=256, description="who, for the log")]


def json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, "application/json")


def make_streams(roster: Roster, desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["streams"])

    def shown(keeper: Keeper, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        return json(view(keeper), status, headers)

    @router.get("/streams", response_model=StreamList, responses=answers())
    async def list_streams() -> Response:
        return json({"streams": [view(keeper) for keeper in roster.keepers()]})

    @router.post(
        "/streams", status_code=201, response_model=StreamView, responses=answers(409, 422, 503, 507)
    )
    async def add_stream(new: NewStream, operator: Operator = None) -> Response:
        keeper = await desk.add(new.stream_id, new.values_set(), who(operator))
        return shown(keeper, 201, {"Location": f"/v1/streams/{new.stream_id}"})

    one: dict[str, Any] = {"response_model": StreamView}

    @router.get("/streams/{stream_id}", **one, responses=answers(404, 422))
    async def get_stream(stream_id: StreamId) -> Response:
        return shown(roster.keeper(stream_id))

    @router.patch("/streams/{stream_id}", **one, responses=answers(404, 422, 503, 507))
    async def edit_stream(
        stream_id: StreamId, changes: StreamSettings, operator: Operator = None
    ) -> Response:
        """Takes effect with the worker's next start (`restart_needed` says so); destinations at once."""
        return shown(await desk.edit(stream_id, changes.values_set(), who(operator)))

    @router.delete("/streams/{stream_id}", status_code=204, responses=answers(404, 422, 503, 507))
    async def delete_stream(stream_id: StreamId, operator: Operator = None) -> Response:
        """Ends its worker first."""
        await desk.delete(stream_id, who(operator))
        return Response(status_code=204)

    @router.post("/streams/{stream_id}/start", **one, responses=answers(404, 422, 503, 507))
    async def start_stream(stream_id: StreamId, operator: Operator = None) -> Response:
        return shown(await desk.start(stream_id, who(operator)))

    @router.post("/streams/{stream_id}/stop", **one, responses=answers(404, 422, 503, 507))
    async def stop_stream(stream_id: StreamId, operator: Operator = None) -> Response:
        """What is buffered plays out."""
        return shown(await desk.stop(stream_id, who(operator)))

    @router.post("/streams/{stream_id}/restart", status_code=202, **one, responses=answers(404, 422))
    async def restart_stream(stream_id: StreamId, operator: Operator = None) -> Response:
        return shown(await desk.restart(stream_id, who(operator)), 202)

    @router.post("/streams/{stream_id}/mode", **one, responses=answers(404, 422, 502))
    async def set_mode(stream_id: StreamId, asked: ModeAsked, operator: Operator = None) -> Response:
        """The operator's switch: it stays, also for the next worker."""
        return shown(await desk.set_mode(stream_id, asked.mode, who(operator)))

    @router.get("/actions", response_model=ActionList, responses=answers(422, 503))
    async def list_actions(
        stream_id: StreamId | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> Response:
        """Who did what, the newest first."""
        return json({"actions": await desk.actions(stream_id, limit)})

    return router
