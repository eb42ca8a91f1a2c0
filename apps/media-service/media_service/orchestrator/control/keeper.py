"""One stream's keeper: starts, watches and ends its worker as its `Life` decides."""

import asyncio
import contextlib
import logging
from typing import Any

from service_kit.logs import named

from media_service.orchestrator.control.assignment import WORKER, for_worker, worker_name
from media_service.orchestrator.control.forwarders import Forwarders
from media_service.orchestrator.control.house import House
from media_service.orchestrator.control.stream_view import SOURCE_ENDED, StreamView
from media_service.orchestrator.control.succession import Succession
from media_service.orchestrator.control.view import view
from media_service.orchestrator.control.watch import watch
from media_service.orchestrator.errors import Refused, WorkerSilent
from media_service.orchestrator.store.records import Stream
from media_service.orchestrator.wanted.life import Ending, Life, Step
from media_service.orchestrator.workers.launch import PREVIEW_DIR
from media_service.orchestrator.workers.running import RunningWorker

LONGEST_SLEEP_S = 60.0
SETTLED_S = 1.0
MEASURES_S = 5.0
"""Between two events of a stream of which only the measured values are others."""

log = logging.getLogger(__name__)


class Keeper:
    """`run` belongs to the roster's group. Everything else is quick, or has a time-out."""

    def __init__(self, stream: Stream, house: House) -> None:
        self.stream = stream
        self.house = house
        self.life = Life(enabled=stream.enabled, pulls=stream.pulls, rules=house.rules)
        self.worker: RunningWorker | None = None
        self.told: dict[str, Any] | None = None
        """the worker's last status"""
        self.reason: str | None = None
        """why it is as it is, where that is worth a word"""
        self.silent = False
        """the worker has answered, and does not any more"""
        self.unsaved = False
        """`stream` has changed by itself; the roster writes it down"""
        self.forwarders = Forwarders(self)
        self.succession = Succession(self)
        self._group: asyncio.TaskGroup | None = None
        self._attending: asyncio.Task[None] | None = None
        self._nudged = asyncio.Event()
        self._moved = asyncio.Event()
        self._shown: StreamView | None = None
        self._shown_s = 0.0

    # What is told

    def nudge(self) -> None:
        """Something has changed: look what follows."""
        self._nudged.set()
        self._moved.set()
        self.forwarders.nudge()
        self.show()

    def show(self) -> None:
        """Publishes a change of what is worth an event."""
        now, now_s, before = view(self), self.house.clock(), self._shown
        is_news = before is None or now.news() != before.news()
        is_time = now_s - self._shown_s >= MEASURES_S
        if is_news or (is_time and before is not None and now.measures() != before.measures()):
            self._shown, self._shown_s = now, now_s
            self.house.feed.publish("stream", now, kept=is_news)

    def take_over(self, worker: RunningWorker) -> bool:
        """One that was found running, the newest first; False where it is one too many."""
        if self.worker is None:
            self.adopt(worker)
        elif self.succession.worker is None and self.worker.succeeds(worker):
            # They were in the midst of it.
            self.succession.adopt(self.worker)
            self.adopt(worker)
        else:
            return False
        return True

    def adopt(self, worker: RunningWorker) -> None:
        self.worker = worker
        self.life.adopted(self.house.clock())
        self.reason = None
        log.info("worker found running", extra=self._named(pid=worker.pid))

    def settings_of_worker(self) -> dict[str, str]:
        """What the stream's next worker is started with."""
        own = for_worker(self.stream, self.house.settings)
        if self.house.settings.previews:
            own[PREVIEW_DIR] = str(self.house.crew.launcher.preview(worker_name(self.stream)))
        return own

    async def settled(self) -> None:
        """Returns when no replacement of the worker is wanted, or under way."""
        while self.life.change.is_wanted:
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLED_S):
                    await self._moved.wait()

    async def set_mode(self, who: str) -> None:
        """Hands the stream's mode to its worker. Raises `WorkerSilent`."""
        # One that has not answered yet gets it with its first answer, before it sends anything.
        if self.worker is not None and self.told is not None:
            await self.worker.set_mode(self.stream.mode, who)
        if self.succession.worker is not None:
            # It asks the other one, but may have asked already.
            with contextlib.suppress(WorkerSilent):
                await self.succession.worker.set_mode(self.stream.mode, who)

    # Its life

    async def run(self) -> None:
        """Until it is cancelled; then whatever runs is left running, and is `leave`'s or `end`'s."""
        second = self.succession.worker
        self.life.found(
            running=self.worker is not None, successor=second is not None, now_s=self.house.clock()
        )
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self.forwarders.run())
                if self.worker is not None:
                    self._attending = group.create_task(self._attend(self.worker))
                if second is not None:
                    self.succession.attend(second, group)
                while True:
                    await self._step(group)
        finally:
            self._attending = self._group = None

    async def end(self) -> None:
        """The worker and the forwarders are asked to end, and are gone when this returns; `run` has ended."""
        await self.succession.stop()
        if self.worker is not None:
            await self.worker.stop(self.house.settings.stop_s)
            self.worker.close()
            await self.house.crew.forget_preview(self.worker.name)
        # Only now: what the worker played out was sent on.
        await self.forwarders.end()

    def kill(self) -> None:
        """Whatever runs, at once."""
        self.forwarders.kill()
        self.succession.kill()
        if self.worker is not None:
            self.worker.process.kill()

    def leave(self) -> None:
        """Whatever runs goes on without us."""
        self.forwarders.leave()
        self.succession.release()
        if self.worker is not None:
            self.worker.release()

    async def _step(self, group: asyncio.TaskGroup) -> None:
        now_s = self.house.clock()
        step = self.life.step(now_s, self.succession.standing)
        if step is Step.START:
            await self._start(group)
        elif step is Step.STOP and self.worker is not None:
            await self._stop(self.worker)
        elif step is Step.SUCCEED:
            await self.succession.start(group)
            self.show()
        elif step is Step.FORCE and self.worker is not None:
            log.warning("worker does not leave, and is killed", extra=self._named(pid=self.worker.pid))
            self.worker.process.kill()
            await self._until_over(self._attending)
        elif step is Step.GIVE_UP:
            log.warning("successor takes too long, and is killed", extra=self._named())
            self.succession.kill()
            await self._until_over(self.succession.attending)
        else:
            wake_s = self.life.wake_s(now_s)
            await self._sleep(LONGEST_SLEEP_S if wake_s is None else wake_s - now_s)

    async def _until_over(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            await asyncio.wait([task], timeout=self.house.settings.stop_s)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(max(seconds, 0.01), LONGEST_SLEEP_S)):
                await self._nudged.wait()
        self._nudged.clear()

    async def _start(self, group: asyncio.TaskGroup) -> None:
        own = self.settings_of_worker()
        try:
            await self.house.gate.check_again(self.stream)
            worker = await self.house.crew.start(WORKER, worker_name(self.stream), own)
        except (OSError, Refused) as error:
            self.life.started(self.house.clock())
            why = error.strerror if isinstance(error, OSError) else str(error)
            self._ended(None, f"it cannot be started: {why}")
            return
        self.worker, self.told, self.silent = worker, None, False
        self.life.started(self.house.clock())
        self.house.metrics.worker_starts.inc()
        log.info("worker started", extra=self._named(pid=worker.pid, restarts=self.life.restarts.total))
        self._attending = group.create_task(self._attend(worker))
        self.show()

    async def _stop(self, worker: RunningWorker) -> None:
        self.life.stopping()
        log.info("worker is to end", extra=self._named(pid=worker.pid))
        self.show()
        await self.succession.stop()
        await worker.stop(self.house.settings.stop_s)
        if self._attending is not None:
            await asyncio.wait([self._attending], timeout=self.house.settings.stop_s)

    async def _attend(self, worker: RunningWorker) -> None:
        watching = asyncio.create_task(watch(self, worker))
        try:
            code = await worker.wait()
        finally:
            watching.cancel()
            await asyncio.wait([watching])
        worker.close()
        if self.life.change.by_s is not None and self._group is not None:
            # Its files are its successor's by now.
            self.worker, self.told = self.succession.promoted()
            if self.worker is not None:
                self._attending = self._group.create_task(self._attend(self.worker))
        else:
            await self.house.crew.forget_preview(worker.name)
            self.worker, self.told = None, None
        self.silent = False
        self._ended(code, f"it ended with {code}" if code is not None else "it ended, nobody knows how")
        self.nudge()

    def _ended(self, code: int | None, how: str) -> None:
        was_enabled = self.life.enabled
        ending = self.life.ended(code, self.house.clock())
        self.house.metrics.worker_ends.labels(ending.value).inc()
        if ending is Ending.CRASHED:
            self.reason = f"the worker crashed: {how}"
            log.warning("worker crashed: %s", how, extra=self._named(exitCode=code))
        else:
            self.reason = SOURCE_ENDED if ending is Ending.FINISHED else None
            log.info("worker %s", ending.value, extra=self._named(exitCode=code))
        if was_enabled != self.life.enabled:
            self.unsaved = True

    def _named(self, **values: object) -> dict[str, dict[str, object]]:
        return named(streamId=self.stream.stream_id, **values)
