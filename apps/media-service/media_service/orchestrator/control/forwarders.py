"""A stream's forwarders: one child a destination, while the stream is wanted. Their trouble stays theirs."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from service_kit.logs import named

from media_service.config.urls import mask
from media_service.orchestrator.control.assignment import FORWARDER, for_forwarder, forwarder_name
from media_service.orchestrator.egress.retry import Retry
from media_service.orchestrator.wanted.life import Worker
from media_service.orchestrator.workers.running import RunningWorker

if TYPE_CHECKING:
    from media_service.orchestrator.control.keeper import Keeper

ForwardState = Literal["waiting", "running", "retrying"]

LOOK_S = 5.0
STOP_S = 3.0
ON_AIR = ("dubbing", "degraded", "original")

log = logging.getLogger(__name__)


class Forwarder:
    """One destination. `run` never raises for what its child does."""

    def __init__(self, forwarders: "Forwarders", number: int, url: str) -> None:
        self._of = forwarders
        self.number = number
        self.url = url
        self.worker: RunningWorker | None = None
        self.state: ForwardState = "waiting"
        self.retry = Retry()

    @property
    def name(self) -> str:
        return forwarder_name(self._of.keeper.stream.stream_id, self.number)

    async def run(self) -> None:
        while True:
            try:
                await self._live()
            except Exception:
                log.exception("our own fault", extra=named(destination=mask(self.url)))
                await asyncio.sleep(LOOK_S)

    async def _live(self) -> None:
        keeper = self._of.keeper
        while True:
            if self.worker is None:
                await self._of.until(lambda: self._of.may_start)
                await self._start()
            if self.worker is not None:
                self.state = "running"
                await self._until_end(self.worker)
            wait_s = self.retry.ended(keeper.house.clock())
            if self._of.is_wanted:
                self.state = "retrying"
                keeper.house.metrics.forwarder_ends.inc()
                log.warning(
                    "forwarder ended, again in %.0f s",
                    wait_s,
                    extra=named(streamId=keeper.stream.stream_id, destination=mask(self.url)),
                )
                await asyncio.sleep(wait_s)
            else:
                self.state = "waiting"

    async def end(self) -> None:
        if self.worker is not None:
            await self.worker.stop(STOP_S)
            self.worker.close()
            self.worker = None

    async def _start(self) -> None:
        keeper = self._of.keeper
        own = for_forwarder(keeper.stream, self.url, keeper.house.settings)
        try:
            self.worker = await keeper.house.crew.start(FORWARDER, self.name, own)
        except OSError as error:
            log.warning(
                "forwarder cannot be started: %s",
                error.strerror,
                extra=named(streamId=keeper.stream.stream_id),
            )
        self.retry.started(keeper.house.clock())

    async def _until_end(self, worker: RunningWorker) -> None:
        """Of the child, or of its being wanted; then it is ended. Cancelled, it is left alone."""
        ending = asyncio.create_task(worker.wait())
        unwanted = asyncio.create_task(self._of.until(lambda: not self._of.is_wanted))
        try:
            await asyncio.wait({ending, unwanted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (ending, unwanted):
                task.cancel()
            await asyncio.wait({ending, unwanted})
        await worker.stop(STOP_S)
        worker.close()
        self.worker = None


class Forwarders:
    def __init__(self, keeper: "Keeper") -> None:
        self.keeper = keeper
        self.all = [Forwarder(self, number, url) for number, url in enumerate(keeper.stream.forward_urls, 1)]
        self._changed = asyncio.Event()
        self._edited = asyncio.Event()

    @property
    def may_start(self) -> bool:
        told = self.keeper.told
        return self.is_wanted and told is not None and told.get("state") in ON_AIR

    @property
    def is_wanted(self) -> bool:
        """Also while the worker is down for a moment: the forwarder waits for it to be back."""
        life = self.keeper.life
        return life.worker is Worker.RUNNING or (life.is_wanted and not life.is_degraded(self._now()))

    def nudge(self) -> None:
        self._changed.set()

    def edited(self) -> None:
        """The stream's list of destinations is another."""
        self._edited.set()

    async def until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), LOOK_S)

    def adopt(self, worker: RunningWorker) -> bool:
        """Whether it is one of these."""
        for one in self.all:
            own = for_forwarder(self.keeper.stream, one.url, self.keeper.house.settings)
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
        urls = self.keeper.stream.forward_urls
        used = {old[url].number for url in urls if url in old}
        free = (number for number in range(1, 1000) if number not in used)
        kept = [old.pop(url) if url in old else Forwarder(self, next(free), url) for url in urls]
        self.all = kept
        await asyncio.gather(*(one.end() for one in old.values()))

    def _now(self) -> float:
        return self.keeper.house.clock()
