"""Scenes: a source, the worker, a recorder, run to their end, and what was recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from media_service.testmedia.arrivals import delay_ms
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from media_service.testmedia.recorder import Recorder
from servers.rtmp import RtmpServer

from live.films import film
from live.worker import WorkerProcess

SMALL: dict[str, Any] = {"width": 320, "height": 180, "video_bit_rate": 300_000, "gop_s": 1.0}
END_S = 60.0
"""For what a machine that has nothing else to do does in a few seconds."""

Act = Callable[["Scene"], Awaitable[None]]
"""What happens in a scene between its start and the end of its source."""


@dataclass(eq=False)
class Take:
    """A scene that is over."""

    recording: Media
    sources: list[Media]
    worker: WorkerProcess
    """Dead; its log and its events are still there."""
    metrics: dict[str, float]
    delay_ms: float
    """From a picture's sending to its arrival; NaN where there was no recorder."""
    delays_told_ms: list[float]
    exit_code: int

    @property
    def source(self) -> Media:
        return self.sources[0]


@dataclass(eq=False)
class Scene:
    """RTMP in. What is recorded comes from an RTMP server, or is the file that the worker writes."""

    server: RtmpServer
    name: str
    folder: Path
    worker: WorkerProcess
    recorder: Recorder | None
    publishers: list[Publisher] = field(default_factory=list)
    delays_told_ms: list[float] = field(default_factory=list)
    """By the worker's own metric, while the last pictures went out."""

    async def publish(self, file: Path, *, start_s: float = 0.0) -> Publisher:
        """Sends a file as the scene's source, from `start_s` on."""
        publisher = Publisher(file, self.server.url(f"{self.name}-in"), self.folder, start_s=start_s)
        await asyncio.to_thread(publisher.start)
        self.publishers.append(publisher)
        return publisher

    async def metric(self, name: str) -> float:
        return (await self.worker.metrics()).get(name, 0.0)

    async def played(self, publisher: Publisher, timeout_s: float, *, losses: int = 1) -> None:
        """Until all of it has been sent, and all that had come has gone out."""
        await asyncio.to_thread(publisher.wait_until_ended, timeout_s)
        await self.worker.wait_for(
            lambda: len(self.worker.events("change", what="input", to="lost")) >= losses,
            END_S,
            "end of the source",
        )
        await self.worker.wait_for(self._drained, END_S, "last picture")

    async def _drained(self) -> bool:
        found = await self.worker.metrics()
        self.delays_told_ms.append(found["worker_output_delay_ms"])
        came, went = (found[f'worker_video_packets_total{{direction="{way}"}}'] for way in ("in", "out"))
        return went >= came


async def rtmp_scene(
    folder: Path,
    server: RtmpServer,
    name: str,
    programme: Programme | dict[str, Any],
    act: Act | None = None,
    *,
    output: str = "rtmp",
    **settings: object,
) -> Take:
    """`programme` (or changes to a small one) by RTMP through a worker; `act` in place of just playing it."""
    if isinstance(programme, dict):
        programme = Programme(**{**SMALL, **programme})
    source = await asyncio.to_thread(film, folder / f"{name}.flv", programme)
    out = server.url(f"{name}-out") if output == "rtmp" else str(folder / f"{name}-out{output}")
    worker = WorkerProcess(folder, name=name, input_url=server.url(f"{name}-in"), output_url=out, **settings)
    recorder = Recorder(out, folder / f"{name}-recorded") if output == "rtmp" else None
    async with AsyncExitStack() as stack:
        scene = Scene(server, name, folder, await stack.enter_async_context(worker), recorder)
        stack.push_async_callback(_kill, scene)
        if recorder is not None:
            await stack.enter_async_context(recorder)
        if act is not None:
            await act(scene)
        else:
            await scene.played(await scene.publish(source), programme.duration_s + END_S)
        metrics = await worker.metrics()
        worker.terminate()
        code = await worker.exit_code(END_S)
        if recorder is not None:
            await asyncio.to_thread(recorder.stop)
    file = recorder.file if recorder is not None else Path(out)
    files = list(dict.fromkeys(publisher.file for publisher in scene.publishers))
    recording, *sources = await asyncio.to_thread(lambda: [read(one) for one in (file, *files)])
    delay = float("nan")
    if recorder is not None:
        first = scene.publishers[0]
        delay = await asyncio.to_thread(
            partial(delay_ms, recording, first.file, first.started_ns, start_s=first.start_s)
        )
    return Take(recording, sources, worker, metrics, delay, scene.delays_told_ms, code)


async def _kill(scene: Scene) -> None:
    for publisher in scene.publishers:
        await asyncio.to_thread(publisher.kill)


async def together(**scenes: Awaitable[Take]) -> dict[str, Take]:
    """Side by side."""
    async with asyncio.TaskGroup() as group:
        running = {name: group.create_task(_awaited(scene)) for name, scene in scenes.items()}
    return {name: task.result() for name, task in running.items()}


async def _awaited(scene: Awaitable[Take]) -> Take:
    return await scene
