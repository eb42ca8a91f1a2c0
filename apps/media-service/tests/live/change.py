"""One stream, two workers: the second takes the output over from the first, and one recorder sees both."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from media_service.testmedia.recorder import Recorder
from servers.rtmp import RtmpServer
from servers.rtsp import RtspServer, play

from live.echo import EchoProcess
from live.films import film
from live.stage import SMALL
from live.worker import WorkerProcess

MOST_S = 60.0
DELAY_S = 3.5
CAMERA_S = 5.0
"""For which a camera is watched once the output has changed hands."""


@dataclass(eq=False)
class Stage:
    """What a change is made of, while it runs."""

    folder: Path
    server: RtmpServer
    echo: EchoProcess
    first: WorkerProcess
    settings: dict[str, object]
    codes: dict[str, int] = field(default_factory=dict)

    def successor(
        self, name: str = "second", of: WorkerProcess | None = None, **changes: object
    ) -> WorkerProcess:
        before = of or self.first
        settings = {**self.settings, "succeeds": before.url(""), **changes}
        return WorkerProcess(self.folder, name=name, **settings)


@dataclass(frozen=True)
class Change:
    """It is over."""

    recording: Media
    source: Media
    first: WorkerProcess
    second: WorkerProcess
    codes: dict[str, int]
    changed_ns: int
    """Of the monotonic clock: when the first one's process had ended."""


Act = Callable[[Stage, WorkerProcess], Awaitable[None]]


@dataclass(frozen=True)
class Feed:
    """Where the source comes from: an encoder that publishes, or a camera that is asked."""

    file: Path
    url: str
    send: Publisher | RtspServer

    @staticmethod
    def rtmp(folder: Path, server: RtmpServer, programme: Programme) -> "Feed":
        file = film(folder / "source.flv", programme)
        return Feed(file, server.url("m-in"), Publisher(file, server.url("m-in"), folder))

    @staticmethod
    def rtsp(folder: Path, server: RtmpServer, programme: Programme) -> "Feed":
        file = film(folder / "source.mkv", programme)
        camera = RtspServer(folder / "rtsp", plays={"in": play(file)})
        return Feed(file, camera.url("in"), camera)


async def changed(
    folder: Path,
    *,
    duration_s: float = 22.0,
    before_s: float = 3.0,
    act: Act | None = None,
    feed: Callable[[Path, RtmpServer, Programme], Feed] = Feed.rtmp,
    dubs: bool = True,
) -> Change:
    """`act` may do something to the first one, or to what is around them, while the second one starts. A
    camera's film is not played to its end: asked again, it would begin anew.
    """
    async with EchoProcess(folder, voice="inverted") as echo, RtmpServer(folder / "nginx") as server:
        programme = Programme(**SMALL, duration_s=duration_s)
        source = await asyncio.to_thread(feed, folder, server, programme)
        own: dict[str, object] = {"stream_id": "match-1", "input_url": source.url}
        own |= {"output_url": server.url("m-out"), **({"sts_service_url": echo.url} if dubs else {})}
        first = WorkerProcess(folder, name="first", **own)
        recorder = Recorder(server.url("m-out"), folder / "recorded")
        async with first, recorder:
            await asyncio.to_thread(source.send.start)
            try:
                stage = Stage(folder, server, echo, first, own)
                await first.wait_on_air()
                await asyncio.sleep(before_s)
                second = stage.successor()
                async with second:
                    if act is not None:
                        await act(stage, second)
                    stage.codes["first"] = await first.exit_code(MOST_S)
                    changed_ns = time.monotonic_ns()
                    await _until_end(source, second, duration_s)
                    second.terminate()
                    stage.codes["second"] = await second.exit_code(MOST_S)
                    await asyncio.to_thread(recorder.stop)
            finally:
                await asyncio.to_thread(source.send.kill)
    recording, shown = await asyncio.to_thread(lambda: [read(one) for one in (recorder.file, source.file)])
    return Change(recording, shown, first, second, stage.codes, changed_ns)


async def _until_end(source: Feed, second: WorkerProcess, duration_s: float) -> None:
    if not isinstance(source.send, Publisher):
        await asyncio.sleep(CAMERA_S)
        return
    await asyncio.to_thread(source.send.wait_until_ended, duration_s + MOST_S)
    await second.wait_for(lambda: bool(second.events("change", what="input", to="lost")), MOST_S, "the end")
    await asyncio.sleep(DELAY_S + 1.0)
