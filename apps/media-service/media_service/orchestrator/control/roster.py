"""All streams that are known, each with its keeper: read at the start, kept alive, ended."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service_kit.logs import named

from media_service.orchestrator.control.assignment import WORKER
from media_service.orchestrator.control.house import House, unix_ms
from media_service.orchestrator.control.keeper import Keeper
from media_service.orchestrator.control.saver import Saver
from media_service.orchestrator.control.secrets import Secrets
from media_service.orchestrator.control.view import state_of
from media_service.orchestrator.errors import AlreadyThere, NoSuchStream, StoreFailed, TooMany
from media_service.orchestrator.store.records import Origin, Stream
from media_service.orchestrator.store.store import Store
from media_service.orchestrator.workers.running import RunningWorker

FAULT_S = 1.0

log = logging.getLogger(__name__)


class Roster:
    """`open`, then `run` for as long as it is wanted, then `end` or not, then `close`."""

    def __init__(self, house: House, store: Store, secrets: Secrets) -> None:
        self.house = house
        self.store = store
        self.secrets = secrets
        self.saver = Saver(store, self.keepers, house.metrics)
        self._keepers: dict[str, Keeper] = {}
        self._leaving: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self.is_ready = False
        house.metrics.watch(self._count, Path(house.settings.state_dir))

    # Life

    async def open(self) -> None:
        """Reads the store, and finds the workers that run. Raises `StoreFailed`, `SettingsWrong`."""
        self.house.crew.open()
        await self.store.open()
        for stream in await self.store.streams():
            self._add(stream)
        for worker in await self.house.crew.found():
            self._adopt(worker)

    async def run(self) -> None:
        """For ever; cancelled, it leaves what runs to `end` or `close`."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self.saver.run())
                group.create_task(self.house.crew.bound_logs())
                for keeper in self._keepers.values():
                    self._keep(keeper)
                self.is_ready = True
        finally:
            self.is_ready = False
            self._group = None
            self._tasks.clear()

    async def end(self) -> None:
        """Every worker is asked to play out and end; none is left."""
        await asyncio.gather(*(keeper.end() for keeper in self._keepers.values()))

    def kill(self) -> None:
        """For those who do not want to wait for `end`."""
        for keeper in self._keepers.values():
            keeper.kill()

    async def close(self) -> None:
        """What has not been written is, if it can be; whoever listens goes home; what runs is let go."""
        self.house.feed.close()
        for keeper in self._keepers.values():
            keeper.leave()
        try:
            await self.saver.save()
        except StoreFailed as failure:
            log.error("the streams' last state is lost: %s", failure)
        await self.store.close()
        await self.house.crew.close()

    # Streams

    def keepers(self) -> list[Keeper]:
        return [self._keepers[stream_id] for stream_id in sorted(self._keepers)]

    def find(self, stream_id: str) -> Keeper | None:
        return self._keepers.get(stream_id)

    def keeper(self, stream_id: str) -> Keeper:
        """Raises `NoSuchStream`."""
        try:
            return self._keepers[stream_id]
        except KeyError:
            raise NoSuchStream("there is no such stream") from None

    def check_room(self, stream_id: str) -> None:
        """Raises what stands against a new stream of this id."""
        if stream_id in self._keepers:
            raise AlreadyThere("there is a stream of this id already")
        if stream_id in self._leaving:
            raise TooMany("a stream of this id is just being deleted")
        if len(self._keepers) >= self.house.settings.max_streams:
            raise TooMany(f"{len(self._keepers)} streams are known already")

    def made(self, stream_id: str, origin: Origin, values: Mapping[str, Any]) -> Stream:
        """What is not said is as the settings say."""
        settings, now = self.house.settings, unix_ms()
        rest: dict[str, Any] = {
            "input_url": None,
            "output_url": None,
            "source_language": settings.source_language,
            "target_language": settings.target_language,
            "voice": settings.voice,
            "mix": settings.mix,
        }
        rest.update({name: value for name, value in values.items() if value is not None})
        return Stream(stream_id=stream_id, origin=origin, created_unix_ms=now, updated_unix_ms=now, **rest)

    def begin(self, stream: Stream) -> Keeper:
        keeper = self._add(stream)
        self._keep(keeper)
        keeper.show()
        return keeper

    async def remove(self, stream_id: str) -> None:
        """At once from the list; returns when nothing runs for it any more."""
        keeper = self._keepers.pop(stream_id)
        self._leaving.add(stream_id)
        try:
            task = self._tasks.pop(stream_id, None)
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
            await keeper.end()
        finally:
            self._leaving.discard(stream_id)
            self.secrets.forget(stream_id)
            self.house.feed.publish("deleted", {"stream_id": stream_id})

    # Within

    def _add(self, stream: Stream) -> Keeper:
        keeper = Keeper(stream, self.house)
        self._keepers[stream.stream_id] = keeper
        self.secrets.learn(stream.stream_id, stream.urls)
        if stream.source is not None:
            keeper.life.presence.believe(stream.source)
        return keeper

    def _keep(self, keeper: Keeper) -> None:
        if self._group is not None:
            self._tasks[keeper.stream.stream_id] = self._group.create_task(self._kept(keeper))

    async def _kept(self, keeper: Keeper) -> None:
        """One keeper's fault is not the others'."""
        while True:
            try:
                await keeper.run()
            except Exception:
                log.exception("our own fault", extra=named(streamId=keeper.stream.stream_id))
            await asyncio.sleep(FAULT_S)

    def _adopt(self, worker: RunningWorker) -> None:
        if worker.kind == WORKER:
            keeper = self._keepers.get(worker.name)
            if keeper is not None and keeper.take_over(worker):
                self.house.metrics.worker_adopted.inc()
                return
        elif any(keeper.forwarders.adopt(worker) for keeper in self._keepers.values()):
            return
        log.warning("a worker that nobody wants is ended", extra=named(pid=worker.pid, worker=worker.name))
        worker.process.terminate()
        worker.release()

    def _count(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        for keeper in self._keepers.values():
            state = state_of(keeper)
            counted[state] = counted.get(state, 0) + 1
        return counted
