"""A stream's forwarders, while the stream is wanted. Their trouble stays theirs."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from media_service.orchestrator.control.assignment import for_forwarder
from media_service.orchestrator.control.forwarder import Forwarder
from media_service.orchestrator.store.records import Stream
from media_service.orchestrator.wanted.life import Worker
from media_service.orchestrator.workers.running import RunningWorker

if TYPE_CHECKING:
    from media_service.orchestrator.control.keeper import Keeper

LOOK_S = 5.0
ON_AIR = ("dubbing", "degraded", "original")


class Forwarders:
    def __init__(self, keeper: "Keeper") -> None:
        self._keeper = keeper
        self.house = keeper.house
        self.all = [Forwarder(self, number, url) for number, url in enumerate(keeper.stream.forward_urls, 1)]
        self._changed = asyncio.Event()
        self._edited = asyncio.Event()

    @property
    def stream(self) -> Stream:
        return self._keeper.stream

    @property
    def may_start(self) -> bool:
        told = self._keeper.told
        return self.is_wanted and told is not None and told.get("state") in ON_AIR

    @property
    def is_wanted(self) -> bool:
        """Also while the worker plays out, and while it is down for a moment."""
        life = self._keeper.life
        return life.worker is not Worker.NONE or (life.is_wanted and not life.is_degraded(self._now()))

    def nudge(self) -> None:
        self._changed.set()

    def edited(self) -> None:
        """The stream's list of destinations is another."""
        self._edited.set()

    async def until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()

    def adopt(self, worker: RunningWorker) -> bool:
        """Whether it is one of these."""
        for one in self.all:
            own = for_forwarder(self.stream, one.url, self.house.settings)
            if one.worker is None and worker.name == one.name and worker.was_started_with(own):
                one.worker = worker
                one.retry.started(self._now())
                return True
        return False

    async def run(self) -> None:
        while True:
            self._edited.clear()
            running = [asyncio.create_task(one.run()) for one in self.all]
            try:
                await self._edited.wait()
            finally:
                for task in running:
                    task.cancel()
                if running:
                    await asyncio.wait(running)
            await self._replace()

    async def end(self) -> None:
        await asyncio.gather(*(one.end() for one in self.all))

    def kill(self) -> None:
        for one in self.all:
            if one.worker is not None:
                one.worker.process.kill()

    def leave(self) -> None:
        for one in self.all:
            if one.worker is not None:
                one.worker.release()

    async def _replace(self) -> None:
        """Those whose destination stays go on undisturbed."""
        old = {one.url: one for one in self.all}
        urls = self.stream.forward_urls
        used = {old[url].number for url in urls if url in old}
        free = (number for number in range(1, 1000) if number not in used)
        kept = [old.pop(url) if url in old else Forwarder(self, next(free), url) for url in urls]
        self.all = kept
        await asyncio.gather(*(one.end() for one in old.values()))

    def _now(self) -> float:
        return self.house.clock()
