"""The orchestrator by nginx-rtmp's hooks, with three streams: one whose hooks and worker are tormented, one
whose publisher blinks, one that is sent on to a dead destination and to a living one. Then the orchestrator
is killed, and at the end all publishers leave.
"""

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from live.films import film
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.recorder import Recorder
from orchestrator_process.process import Orchestrator, until
from servers.ports import LOCAL, free_port
from servers.rtmp import RtmpServer

from e2e.hook_house import HookHouse, at_s, hook_house
from e2e.house import LONG_S, TINY, House, Recording

STREAMS = ("match", "blink", "sent")
BLINK_S = 5.0
GRACE_S = 12.0
"""Longer than a blink takes on a machine however busy."""
PLAYS_BYTES = 100_000
KEY = "secret-key-1"
OTHER_CLIENT = "987654"
HOOKS = (
    ("publish", True), ("publish_done", False), ("publish", True), ("publish", False), ("play", True),
    ("publish_done", False), ("done", False), ("publish", True), ("publish_done", False), ("publish", True),
)  # fmt: skip
"""What is told once more: the call, and whether of the one who publishes or of one who came and went."""

Pids = dict[str, list[int]]
"""By worker's name."""


@dataclass(eq=False)
class Hooked:
    source: Media
    began_s: dict[str, float] = field(default_factory=dict)
    """By the wall clock, when each publisher was started."""
    published_s: dict[str, float] = field(default_factory=dict)
    """When the orchestrator wrote that it had heard of it."""
    started_s: dict[str, list[float]] = field(default_factory=dict)
    """When it wrote that a worker had been started."""
    killed_s: float = 0.0
    """When a worker was killed."""
    answers: list[int] = field(default_factory=list)
    """To the repeated hooks."""
    pids: dict[str, Pids] = field(default_factory=dict)
    """Of a moment: all processes that ran."""
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the API said of each stream when all had left."""
    forwards: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What it said of where `sent` was sent on to, before the orchestrator's death and after."""
    recordings: dict[str, Recording] = field(default_factory=dict)
    logs: str = ""


async def play(house: House) -> Hooked:
    programme = Programme(**TINY, duration_s=100)
    file = await asyncio.to_thread(film, house.folder / "hooked.flv", programme)
    story = Hooked(await asyncio.to_thread(read, file))
    folder = house.folder / "hooked"
    async with hook_house(house, folder, _server, grace_s=GRACE_S) as there, AsyncExitStack() as stack:
        acts = _Acts(story, there, file, stack)
        await acts.appear()
        await acts.stumble()
        await acts.live_twice()
        await acts.leave()
        await asyncio.gather(*(recording.end() for recording in story.recordings.values()))
        story.logs = there.logs()
        for name in STREAMS:
            story.published_s[name] = at_s(there.log_lines("published", name)[0])
            story.started_s[name] = [at_s(line) for line in there.log_lines("worker started", name)]
    return story


def _server(folder: Path, orchestrator: Orchestrator) -> RtmpServer:
    return RtmpServer(folder, hooks_url=orchestrator.url("/v1/nginx-rtmp/events"))


class _Acts:
    def __init__(self, story: Hooked, there: HookHouse, file: Path, stack: AsyncExitStack) -> None:
        self.story, self.there, self.stack = story, there, stack
        self.orchestrator = there.orchestrator
        self.publishers = {name: there.publisher(file, name) for name in STREAMS}

    async def appear(self) -> None:
        """All three are published, dubbed and recorded; the hooks of one come again and again."""
        dead = f"rtmp://{LOCAL}:{free_port()}/live/{KEY}"
        body = {"stream_id": "sent", "forward_urls": [dead, self.there.server.url("cdn")]}
        assert (await self.orchestrator.ask("POST", "/v1/streams", body))[0] == 201
        for name in ("sent-in", "sent-out", "cdn", "match-out", "blink-out"):
            await self._record(name, name)
        for name, publisher in self.publishers.items():
            self.story.began_s[name] = time.time()
            await self.stack.enter_async_context(publisher)
        await self.there.until_on_air(*STREAMS)
        await until(partial(self._is_sent_on, attempts=0), LONG_S, "forwarder")
        self._look("on air")
        await self._tell_again()
        await self._plays("match-out")
        self._look("after the hooks")

    async def stumble(self) -> None:
        """A worker is killed, and meanwhile a publisher blinks."""
        (killed,) = self.orchestrator.pids("match")
        await self._record("match-again", "match-out")
        await self.story.recordings["match-out"].end()
        self.story.killed_s = time.time()
        os.kill(killed, signal.SIGKILL)
        await self._blink()
        await self.there.until_on_air(*STREAMS)
        await self._plays("match-again")
        self._look("after the stumbles")

    async def live_twice(self) -> None:
        """The orchestrator is killed, and is there again."""
        await until(partial(self._is_sent_on, attempts=2), LONG_S, "second attempt at the dead destination")
        self.story.forwards["before"] = (await self.orchestrator.stream("sent"))["forwards"]
        self._look("before its death")
        await self.orchestrator.kill()
        self._look("without it")
        await self.orchestrator.start()
        await self.there.until_on_air(*STREAMS)
        self._look("in its second life")
        self.story.forwards["after"] = (await self.orchestrator.stream("sent"))["forwards"]

    async def leave(self) -> None:
        """All publishers, for good."""
        for publisher in self.publishers.values():
            await asyncio.to_thread(publisher.kill)
        gone = {"publishing": False, "phase": "waiting"}
        for name in STREAMS:
            self.story.told[name] = await self.orchestrator.until_stream(name, LONG_S, **gone)
        await until(lambda: not self.orchestrator.pids(), LONG_S, "end of the last forwarder")

    async def _record(self, name: str, path: str) -> None:
        recorder = Recorder(self.there.server.url(path), self.there.folder / name)
        self.story.recordings[name] = Recording(await self.stack.enter_async_context(recorder))

    async def _plays(self, name: str) -> None:
        recorder = self.story.recordings[name].recorder
        await asyncio.to_thread(recorder.wait_for_bytes, PLAYS_BYTES, LONG_S)

    async def _tell_again(self) -> None:
        address, _, client = self.there.source_of("match").partition("#")
        for call, is_own in HOOKS:
            form = {"call": call, "app": "live", "name": "match-in", "addr": address}
            form["clientid"] = client if is_own else OTHER_CLIENT
            answer, _ = await self.orchestrator.ask("POST", "/v1/nginx-rtmp/events", data=form)
            self.story.answers.append(answer)

    async def _blink(self) -> None:
        publisher = self.publishers["blink"]
        await asyncio.to_thread(publisher.kill)
        await asyncio.sleep(BLINK_S)
        await asyncio.to_thread(publisher.start)

        async def is_back() -> bool:
            worker = (await self.orchestrator.stream("blink"))["worker"]
            return bool(worker and worker["input"]["state"] == "up" and worker["input"]["reconnects"])

        await until(is_back, LONG_S, "the source at its worker")

    async def _is_sent_on(self, attempts: int) -> bool:
        """So many attempts at the dead destination have failed, and the living one receives."""
        dead, alive = (await self.orchestrator.stream("sent"))["forwards"]
        return bool(dead["attempts"] >= attempts and alive["state"] == "running")

    def _look(self, moment: str) -> None:
        found: Pids = {}
        for one in self.orchestrator.workers():
            found.setdefault(one.environ["WORKER_STREAM_ID"], []).append(one.identity.pid)
        self.story.pids[moment] = found
