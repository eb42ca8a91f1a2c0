"""An RTMP server whose hooks lead to an orchestrator, and what is to be read from both."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from media_service.testmedia.program import Program
from orchestrator_process.process import REAL, Orchestrator, until
from servers.rtmp import RtmpServer

from e2e.house import LONG_S, House
from e2e.publishers import by_ffmpeg

QUICK = {
    "WORKER_SEGMENT_MODE": "fixed",
    "WORKER_SEGMENT_DURATION": "1",
    "WORKER_AV_OFFSET_MS": "1500",
    "WORKER_MIX": "replace",
}

MakeServer = Callable[[Path, Orchestrator], RtmpServer]


@dataclass(frozen=True)
class HookHouse:
    folder: Path
    server: RtmpServer
    orchestrator: Orchestrator

    def publisher(self, file: Path, name: str) -> Program:
        return by_ffmpeg(file, self.server.url(f"{name}-in"), self.folder / f"{name}-publisher.log")

    async def until_on_air(self, *names: str) -> None:
        """Until each of them goes out, and has been dubbed of late."""

        async def is_on_air(name: str) -> bool:
            status, told = await self.orchestrator.ask("GET", f"/v1/streams/{name}")
            worker = told["worker"] if status == 200 else None
            return bool(
                worker
                and worker["output"]["state"] == worker["input"]["state"] == "up"
                and worker["sts_connected"]
                and worker["dubbed_share"]
            )

        await asyncio.gather(*(until(partial(is_on_air, name), LONG_S, f"{name} on air") for name in names))

    def log_lines(self, message: str, stream_id: str) -> list[dict[str, Any]]:
        """The orchestrator's own, of all its lives."""
        found = []
        for line in self.orchestrator.program.output().splitlines():
            with suppress(json.JSONDecodeError):
                told = json.loads(line)
                if told.get("message") == message and told.get("streamId") == stream_id:
                    found.append(told)
        return found

    def source_of(self, stream_id: str) -> str:
        """By what name the orchestrator knows who publishes it."""
        with closing(sqlite3.connect(self.orchestrator.state_dir / "livedub.sqlite3")) as store:
            query = "SELECT source FROM stream WHERE stream_id = ?"
            return str(store.execute(query, (stream_id,)).fetchone()[0])

    def logs(self) -> str:
        """Whatever anybody wrote."""
        files = sorted((self.orchestrator.state_dir / "logs").iterdir())
        return "\n".join([self.orchestrator.program.output(), *(file.read_text() for file in files)])


@asynccontextmanager
async def hook_house(
    house: House, folder: Path, make_server: MakeServer, **settings: object
) -> AsyncIterator[HookHouse]:
    """The hooks need the orchestrator's port, and that the server's: both are known before either starts."""
    folder.mkdir()  # noqa: ASYNC240
    orchestrator = Orchestrator(folder)
    server = make_server(folder / "nginx", orchestrator)
    told = Orchestrator(
        folder,
        command=REAL,
        env=QUICK,
        sts_service_url=house.echo.url,
        ingest_path="live/{id}-in",
        ingest_url=server.url("{id}-in"),
        output_url=server.url("{id}-out"),
        port=orchestrator.port,
        **settings,
    )
    told.port = orchestrator.port
    async with server, told:
        yield HookHouse(folder, server, told)


def at_s(line: dict[str, Any]) -> float:
    """When a line was written, by the wall clock."""
    return datetime.fromisoformat(line["time"]).timestamp()
