"""The media servers' hooks. They are answered at once: a publisher may be waiting for it."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from media_service.orchestrator.control.arrivals import Arrivals
from media_service.orchestrator.errors import OrchestratorError, Refused
from media_service.orchestrator.http.models import MediaMtxEvent, Told
from media_service.orchestrator.http.problems import answers
from media_service.orchestrator.http.streams import json
from media_service.orchestrator.metrics import OrchestratorMetrics
from media_service.orchestrator.names.ingest import asked_by
from media_service.orchestrator.names.words import check_source

MOST_FIELDS = 64
FORM = "application/x-www-form-urlencoded"


def make_hooks(arrivals: Arrivals, metrics: OrchestratorMetrics) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["hooks"])

    def come(path: str, source: str, query: str | dict[str, str], *, in_order: bool) -> Response:
        try:
            check_source(source)
            stream_id = arrivals.stream_id(path)
            if stream_id is None:
                return told("ready", None, news=False)
            news = arrivals.published(stream_id, source, asked_by(query), in_order=in_order)
        except OrchestratorError:
            metrics.hooks.labels("ready", "refused").inc()
            raise
        return told("ready", stream_id, news=news)

    def go(path: str, source: str) -> Response:
        try:
            check_source(source)
            stream_id = arrivals.stream_id(path)
        except OrchestratorError:
            metrics.hooks.labels("not-ready", "refused").inc()
            raise
        news = stream_id is not None and arrivals.unpublished(stream_id, source)
        return told("not-ready", stream_id, news=news)

    def told(event: str, stream_id: str | None, *, news: bool) -> Response:
        outcome = "ignored" if stream_id is None else "news" if news else "known"
        metrics.hooks.labels(event, outcome).inc()
        return json({"stream_id": stream_id, "news": news})

    @router.post("/mediamtx/events/ready", response_model=Told, responses=answers(400, 413, 422, 503))
    async def mediamtx_ready(event: MediaMtxEvent) -> Response:
        """`runOnReady`: somebody publishes this path."""
        return come(event.path, event.sourceId, event.query, in_order=False)

    @router.post("/mediamtx/events/not-ready", response_model=Told, responses=answers(400, 413, 422, 503))
    async def mediamtx_not_ready(event: MediaMtxEvent) -> Response:
        """`runOnNotReady`: nobody does any more."""
        return go(event.path, event.sourceId)

    @router.post("/nginx-rtmp/events", response_model=Told, responses=answers(400, 413, 422, 503))
    async def nginx_rtmp(request: Request, form: Annotated[str, Body(media_type=FORM)] = "") -> Response:
        """`on_publish`, `on_publish_done` and `on_done`: a form with `call` in it."""
        fields = _form(await request.body())
        call, path = fields.get("call", ""), f"{fields.get('app', '')}/{fields.get('name', '')}"
        # A number begins anew with each start of nginx; the address tells two of them apart a little.
        source = f"{fields.get('addr', '')}#{fields.get('clientid', '')}"
        if call == "publish":
            # nginx waits for this answer, so that no later hook of the same client can overtake it.
            return come(path, source, fields, in_order=True)
        if call in ("publish_done", "done"):
            return go(path, source)
        return told(call if call in ("play", "play_done", "update_publish") else "other", None, news=False)

    return router


def _form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Refused("a form is needed, in UTF-8, with few fields") from None
