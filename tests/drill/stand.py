"""One scenario's system, each part a process of its own, and the proxies between them."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from e2e.house import is_dubbed
from e2e.publishers import by_ffmpeg
from live.echo import EchoProcess
from live.feed import Event
from media_service.testmedia.program import Program
from media_service.testmedia.recorder import Recorder
from orchestrator_process.process import until
from servers.ports import LOCAL
from servers.rtmp import RtmpServer

from drill.dubber import Alone, Dubber, Kept
from drill.proxy import Proxy
from drill.scenario import Scenario

Place = Literal["source", "service", "output", "hooks"]
Who = Literal["publisher", "source server", "service", "output server", "worker", "orchestrator"]
STREAM = "air"
LONG_S = 60.0
"""Longer, and it hangs."""


@dataclass(eq=False)
class Stand:
    folder: Path
    film: Path
    source: RtmpServer
    target: RtmpServer
    echo: EchoProcess
    publisher: Program
    links: dict[Place, Proxy]
    dubber: Dubber
    recorders: list[Recorder] = field(default_factory=list)
    """One after the other; each from its server's start to its end."""

    def program(self, who: Who) -> Program:
        match who:
            case "publisher":
                return self.publisher
            case "source server":
                return self.source
            case "service":
                return self.echo
            case "output server":
                return self.target
            case "orchestrator":
                return self.dubber.orchestrator.program
        raise ValueError(f"{who} is a process that others have started")

    def pids(self) -> list[int]:
        """Of the processes that what is on air passes, of those that run."""
        programs = (self.publisher, self.source, self.target, *self.recorders)
        dubber = self.dubber.watched_pid
        return [*(one.pid for one in programs if one.running), *([dubber] if dubber else [])]

    def signal(self, who: Who, number: signal.Signals) -> None:
        """To this one process."""
        pid = self.dubber.pid if who == "worker" else self.program(who).pid
        os.kill(pid, number)

    async def record(self) -> None:
        """From now on, what the output server gives out."""
        recorder = Recorder(self.target.url(f"{STREAM}-out"), self.folder / f"recorded-{len(self.recorders)}")
        await asyncio.to_thread(recorder.start)
        self.recorders.append(recorder)

    def slots(self, after_ns: int = 0) -> list[Event]:
        return [event for event in self.dubber.events("slot") if event["received_ns"] > after_ns]

    async def until_dubbed(self, slots: int, timeout_s: float, *, after_ns: int = 0) -> None:
        """Until so many in a row have been dubbed, the last ones of those that were decided since then."""

        def are() -> bool:
            last = self.slots(after_ns)[-slots:]
            return len(last) == slots and all(map(is_dubbed, last))

        await until(are, timeout_s, f"{slots} dubbed slots")

    async def stop(self) -> None:
        """What is recorded is recorded; the worker ends at once."""
        for recorder in self.recorders:
            await asyncio.to_thread(recorder.stop)
        await self.dubber.stop()


@asynccontextmanager
async def stand(scenario: Scenario, folder: Path, film: Path) -> AsyncIterator[Stand]:
    """Servers, service, proxies and recorder are there, the worker is not; the publisher, if it needs one to
    be started, is not either.
    """
    folder.mkdir()  # noqa: ASYNC240
    if scenario.prepare is not None:
        await asyncio.to_thread(scenario.prepare, folder)
    async with AsyncExitStack() as stack:
        echo = EchoProcess(folder / "echo", voice="inverted")
        links: dict[Place, Proxy] = {"service": await stack.enter_async_context(Proxy(echo.port))}
        dubber: Dubber
        if scenario.orchestrated:
            kept = Kept(folder, STREAM)
            links["hooks"] = await stack.enter_async_context(Proxy(kept.port))
            hooks = f"http://{LOCAL}:{links['hooks'].port}/v1/nginx-rtmp/events"
            dubber, source = kept, RtmpServer(folder / "source", hooks_url=hooks)
        else:
            dubber, source = Alone(folder, STREAM), RtmpServer(folder / "source")
        target = RtmpServer(folder / "target")
        links["source"] = await stack.enter_async_context(Proxy(source.port))
        links["output"] = await stack.enter_async_context(Proxy(target.port))
        dubber.prepare(
            source=f"rtmp://{LOCAL}:{links['source'].port}/live",
            target=f"rtmp://{LOCAL}:{links['output'].port}/live",
            service=f"http://{LOCAL}:{links['service'].port}",
            settings=_placed(scenario.settings, folder),
        )
        for program in (echo, source, target):
            await stack.enter_async_context(program)
        publisher = by_ffmpeg(film, source.url(f"{STREAM}-in"), folder / "publisher.log")
        made = Stand(folder, film, source, target, echo, publisher, links, dubber)
        stack.push_async_callback(_end, made)
        await made.record()
        yield made


async def _end(made: Stand) -> None:
    await made.dubber.stop()
    for program in (made.publisher, *made.recorders):
        with contextlib.suppress(RuntimeError):
            await asyncio.to_thread(program.kill)


def _placed(settings: Mapping[str, object], folder: Path) -> dict[str, object]:
    placed: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            placed[name] = _placed(value, folder)
        else:
            placed[name] = str(value).format(folder=folder)
    return placed
