"""`/v1/streams`: list, add, edit, start, stop, delete; the operator's switch; what was done."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response

from media_service.metrics import CONTENT_TYPE
from media_service.orchestrator.control.desk import Desk
from media_service.orchestrator.control.keeper import Keeper
from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.control.stream_view import StreamView
from media_service.orchestrator.control.view import view
from media_service.orchestrator.errors import NoWorker
from media_service.orchestrator.http.asker import Asker
from media_service.orchestrator.http.models import (
    ActionList,
    ModeAsked,
    NewStream,
    StreamId,
    StreamList,
    StreamSettings,
)
from media_service.orchestrator.http.problems import answers


def json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, "application/json")


def make_streams(roster: Roster, desk: Desk) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["streams"])

    def shown(keeper: Keeper, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        return json(view(keeper), status, headers)

    @router.get("/streams", response_model=StreamList, responses=answers())
    async def list_streams() -> Response:
        shown = [view(keeper) for keeper in roster.keepers()]
        return json({"last_event_id": roster.house.feed.last_id, "streams": shown})

    @router.post(
        "/streams",
        status_code=201,
        response_model=StreamView,
        responses=answers(400, 409, 413, 422, 503, 507),
    )
    async def add_stream(new: NewStream, asker: Asker) -> Response:
        keeper = await desk.add(new.stream_id, new.values_set(), asker)
        return shown(keeper, 201, {"Location": f"/v1/streams/{new.stream_id}"})

    one: dict[str, Any] = {"response_model": StreamView}

    @router.get("/streams/{stream_id}", **one, responses=answers(404, 422))
    async def get_stream(stream_id: StreamId) -> Response:
        return shown(roster.keeper(stream_id))

    @router.patch("/streams/{stream_id}", **one, responses=answers(400, 404, 409, 413, 422, 503, 507))
    async def edit_stream(stream_id: StreamId, changes: StreamSettings, asker: Asker) -> Response:
        """Takes effect with the worker's next start (`restart_needed` says so); destinations at once."""
        return shown(await desk.edit(stream_id, changes.values_set(), asker))

    @router.delete("/streams/{stream_id}", status_code=204, responses=answers(404, 422, 503, 507))
    async def delete_stream(stream_id: StreamId, asker: Asker) -> Response:
        """Ends its worker first."""
        await desk.delete(stream_id, asker)
        return Response(status_code=204)

    @router.post("/streams/{stream_id}/start", **one, responses=answers(404, 422, 503, 507))
    async def start_stream(stream_id: StreamId, asker: Asker) -> Response:
        return shown(await desk.start(stream_id, asker))

    @router.post("/streams/{stream_id}/stop", **one, responses=answers(404, 422, 503, 507))
    async def stop_stream(stream_id: StreamId, asker: Asker) -> Response:
        """What is buffered plays out."""
        return shown(await desk.stop(stream_id, asker))

    @router.post("/streams/{stream_id}/restart", status_code=202, **one, responses=answers(404, 422))
    async def restart_stream(stream_id: StreamId, asker: Asker) -> Response:
        return shown(await desk.restart(stream_id, asker), 202)

    @router.post("/streams/{stream_id}/mode", **one, responses=answers(400, 404, 413, 422, 502))
    async def set_mode(stream_id: StreamId, asked: ModeAsked, asker: Asker) -> Response:
        """The operator's switch: it stays, also for the next worker."""
        return shown(await desk.set_mode(stream_id, asked.mode, asker))

    @router.get(
        "/streams/{stream_id}/metrics",
        response_class=PlainTextResponse,
        responses=answers(404, 409, 422, 502),
    )
    async def worker_metrics(stream_id: StreamId) -> Response:
        """The worker's own, for Prometheus."""
        worker = roster.keeper(stream_id).worker
        if worker is None:
            raise NoWorker("no worker runs for this stream now")
        return Response(await worker.metrics(), media_type=CONTENT_TYPE)

    @router.get("/actions", response_model=ActionList, responses=answers(422, 503))
    async def list_actions(
        stream_id: StreamId | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> Response:
        """Who did what, the newest first."""
        return json({"actions": await desk.actions(stream_id, limit)})

    return router
