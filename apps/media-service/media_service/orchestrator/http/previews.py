"""`/preview`: what a stream's worker writes for the page's players."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import Response

from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.errors import NoSuchFile
from media_service.orchestrator.http.files import FileAnswer, open_file
from media_service.orchestrator.http.models import StreamId
from media_service.orchestrator.http.problems import answers
from media_service.orchestrator.names.files import is_preview_name

Side = Literal["input", "output"]
Name = Annotated[str, InPath(max_length=100, description="index.m3u8, or what it names")]

_CONTENT: dict[str, dict[str, object]] = {"application/vnd.apple.mpegurl": {}, "video/mp2t": {}}


def make_previews(roster: Roster) -> APIRouter:
    router = APIRouter(tags=["previews"], default_response_class=Response)

    @router.get(
        "/preview/{stream_id}/{side}/{name}", responses={200: {"content": _CONTENT}, **answers(404, 422)}
    )
    async def preview(stream_id: StreamId, side: Side, name: Name) -> Response:
        """HLS of what comes in and what goes out, dated in the source's time; there while its worker runs."""
        roster.keeper(stream_id)
        if not is_preview_name(name):
            raise NoSuchFile("there is no such file of a preview")
        folder: Path = roster.house.crew.launcher.preview(stream_id)
        opened = await asyncio.to_thread(open_file, folder / side / name)
        if opened is None:
            raise NoSuchFile("there is no such file of a preview now")
        return FileAnswer(opened, name, {"Cache-Control": "no-store"} if name.endswith(".m3u8") else {})

    return router
