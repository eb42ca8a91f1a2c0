"""Server-sent events: the changes of all streams, and one stream's own, as its worker tells them."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.errors import TooMany, WorkerSilent
from media_service.orchestrator.http.asker import session_of
from media_service.orchestrator.http.models import StreamId
from media_service.orchestrator.http.problems import answers

HEARTBEAT_S = 15.0
SLOWEST_WRITE_S = 5.0
"""A listener that takes nothing for so long is hung up on."""
LOOK_S = 0.5
MOST_LISTENERS = 64
EVERYTHING = "none-0"
"""An id of no run: a worker then tells all events that it still has."""

_ID = re.compile(rb"^id: ([\w-]{1,100})\n", re.MULTILINE)

LastId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=128)]
Since = Annotated[str | None, Query(max_length=128, description="as Last-Event-ID, for a first connection")]


class EventStream(Response):
    """Ends when the listener has gone, does not keep up, or has logged out."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None], may_listen: Callable[[], bool]) -> None:
        # The header keeps nginx from collecting the events.
        super().__init__(headers={"X-Accel-Buffering": "no"}, media_type=self.media_type)
        del self.headers["content-length"]
        self._events = events
        self._may_listen = may_listen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        telling = asyncio.create_task(self._tell(send))
        tasks = {telling, asyncio.create_task(_until_gone(receive)), asyncio.create_task(self._until_out())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if not telling.cancelled() and (fault := telling.exception()) is not None:
            raise fault

    async def _until_out(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if not self._may_listen():
                return

    async def _tell(self, send: Send) -> None:
        with contextlib.suppress(TimeoutError):
            async with contextlib.aclosing(self._events) as events:
                async for piece in events:
                    async with asyncio.timeout(SLOWEST_WRITE_S):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            async with asyncio.timeout(SLOWEST_WRITE_S):
                await send({"type": "http.response.body", "body": b""})


def make_events(roster: Roster) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["events"], default_response_class=Response)
    content: dict[int | str, dict[str, object]] = {200: {"content": {EventStream.media_type: {}}}}
    listening: set[object] = set()

    @router.get("/events", responses={**content, **answers(422, 503)})
    async def all_events(request: Request, last_id: LastId = None, since: Since = None) -> Response:
        """`stream` for each change of a stream, with all that `GET /v1/streams/{id}` shows, and every 5 s
        where only measured values have changed (these have no id); `deleted`; `reset`: ask for the list anew.
        """
        roster.house.feed.check_room()
        return EventStream(_changes(roster, last_id or since), _may_listen(roster, request))

    @router.get("/streams/{stream_id}/events", responses={**content, **answers(404, 422, 503)})
    async def stream_events(
        stream_id: StreamId, request: Request, last_id: LastId = None, since: Since = None
    ) -> Response:
        """The worker's own events; the line stays open while workers come and go."""
        roster.keeper(stream_id)
        if len(listening) >= MOST_LISTENERS:
            raise TooMany(f"{MOST_LISTENERS} listen already")
        events = _of_worker(roster, stream_id, last_id or since, listening)
        return EventStream(events, _may_listen(roster, request))

    return router


def _may_listen(roster: Roster, request: Request) -> Callable[[], bool]:
    session, door = session_of(request), roster.house.door
    return lambda: session is None or door.lasts(session)


async def _changes(roster: Roster, last_id: str | None) -> AsyncGenerator[bytes, None]:
    with roster.house.feed.listen(last_id) as listener:
        told = b"retry: 1000\n\n"
        while told:
            yield told
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    told = await listener.take()
            except TimeoutError:
                told = b":\n\n"


async def _of_worker(
    roster: Roster, stream_id: str, last_id: str | None, listening: set[object]
) -> AsyncGenerator[bytes, None]:
    me = object()
    listening.add(me)
    try:
        yield b"retry: 1000\n\n"
        quiet_s = 0.0
        while (keeper := roster.find(stream_id)) is not None:
            worker = keeper.worker
            if worker is not None:
                try:
                    async with worker.events(last_id) as pieces:
                        last_id = last_id or EVERYTHING
                        async for piece in pieces:
                            last_id = _last_id(piece) or last_id
                            yield piece
                except WorkerSilent:
                    pass
            await asyncio.sleep(LOOK_S)
            quiet_s += LOOK_S
            if quiet_s >= HEARTBEAT_S:
                quiet_s = 0.0
                yield b":\n\n"
    finally:
        listening.discard(me)


def _last_id(piece: bytes) -> str | None:
    """Of the newest event in it: where to go on. A worker that is gone stands for all of the next one's."""
    found = _ID.findall(piece)
    return found[-1].decode() if found else None


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
