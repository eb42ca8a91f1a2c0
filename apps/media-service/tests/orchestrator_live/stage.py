"""A media server whose hooks lead to an orchestrator, and a speech service that answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from live.echo import EchoProcess
from media_service.testmedia.publisher import Publisher
from orchestrator_process.process import REAL, Orchestrator
from servers.rtmp import RtmpServer

QUICK = {"WORKER_SEGMENT_MODE": "fixed", "WORKER_SEGMENT_DURATION": "1", "WORKER_AV_OFFSET_MS": "1500"}


@dataclass(frozen=True)
class Stage:
    folder: Path
    server: RtmpServer
    orchestrator: Orchestrator
    echo: EchoProcess

    def publisher(self, file: Path, stream_id: str, start_s: float = 0.0) -> Publisher:
        return Publisher(file, self.server.url(f"{stream_id}-in"), self.folder, start_s=start_s)

    def output(self, stream_id: str) -> str:
        return self.server.url(f"{stream_id}-out")


@contextlib.asynccontextmanager
async def staged(folder: Path, **settings: object) -> AsyncIterator[Stage]:
    """The hooks need the orchestrator's port, and that the server's: both are known before either starts."""
    orchestrator = Orchestrator(folder, command=REAL)
    server = RtmpServer(folder / "nginx", hooks_url=orchestrator.url("/v1/nginx-rtmp/events"))
    async with EchoProcess(folder / "echo") as echo:
        told = Orchestrator(
            folder,
            command=REAL,
            env=QUICK,
            sts_service_url=echo.url,
            ingest_path="live/{id}-in",
            ingest_url=server.url("{id}-in"),
            output_url=server.url("{id}-out"),
            port=orchestrator.port,
            **settings,
        )
        told.port = orchestrator.port
        await asyncio.to_thread(server.start)
        try:
            async with told:
                yield Stage(folder, server, told, echo)
        finally:
            await asyncio.to_thread(server.kill)
