"""A stream's second worker, while there is one: started to take the output over, made the first, or ended."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from service_kit.logs import named

from media_service.config.places import problem_sharing
from media_service.orchestrator.control.assignment import WORKER, input_url, output_url, worker_name
from media_service.orchestrator.errors import Refused, WorkerSilent
from media_service.orchestrator.wanted.change import Standing
from media_service.orchestrator.wanted.life import EXIT_SETTINGS
from media_service.orchestrator.workers.launch import SUCCEEDS, SUCCEEDS_TOKEN
from media_service.orchestrator.workers.running import RunningWorker

if TYPE_CHECKING:
    from media_service.orchestrator.control.keeper import Keeper

POLL_S = 0.5
ON_AIR = ("dubbing", "degraded", "original")
STEADY = "steady"

log = logging.getLogger(__name__)


class Succession:
    """Belongs to a keeper, and lives in its group."""

    def __init__(self, keeper: "Keeper") -> None:
        self._keeper = keeper
        self.worker: RunningWorker | None = None
        self.attending: asyncio.Task[None] | None = None
        self._told: dict[str, Any] | None = None
        self.failure: str | None = None
        """why the last one came to nothing"""

    @property
    def standing(self) -> Standing:
        keeper = self._keeper
        first, second = keeper.told or {}, self._told or {}
        source = second.get("input")
        receives = isinstance(source, dict) and source.get("state") == "up"
        return Standing(
            can_hand_over=first.get("state") in ON_AIR and first.get("phase") == STEADY and self._can_share,
            has_taken=second.get("phase") == STEADY,
            can_take=receives and second.get("phase") == "succeeding",
        )

    @property
    def why_not(self) -> str | None:
        """Why the output could not go over now."""
        first = self._keeper.told or {}
        if not self._can_share:
            return "its input or output cannot be had by two workers at once"
        if first.get("state") not in ON_AIR:
            return "it is not on air"
        return None if first.get("phase") == STEADY else "its worker cannot hand over"

    async def start(self, group: asyncio.TaskGroup) -> None:
        """Beside the one that runs; where that fails, it is told to the stream's life."""
        keeper = self._keeper
        self._told, self.failure = None, None
        name = worker_name(keeper.stream)
        try:
            if keeper.worker is None:
                raise Refused("there is no worker to succeed")
            own = {
                **keeper.settings_of_worker(),
                SUCCEEDS: keeper.worker.url,
                SUCCEEDS_TOKEN: keeper.worker.token,
            }
            await keeper.house.gate.check_again(keeper.stream)
            worker = await keeper.house.crew.start(WORKER, name, own)
        except (OSError, Refused, WorkerSilent) as error:
            self._failed(f"its successor cannot be started: {error}")
            keeper.life.change.begun(keeper.house.clock())
            keeper.life.change.successor_ended()
            return
        keeper.life.change.begun(keeper.house.clock())
        keeper.house.metrics.worker_starts.inc()
        log.info("successor started", extra=named(streamId=keeper.stream.stream_id, pid=worker.pid))
        self.attend(worker, group)

    def adopt(self, worker: RunningWorker) -> None:
        """Found running beside the first."""
        self.worker = worker

    def attend(self, worker: RunningWorker, group: asyncio.TaskGroup) -> None:
        self.worker = worker
        self.attending = group.create_task(self._attend(worker))

    def promoted(self) -> tuple[RunningWorker | None, dict[str, Any] | None]:
        """It is the stream's worker from now on; and what it said last."""
        worker, told = self.worker, self._told
        if self.attending is not None:
            self.attending.cancel()
        self.worker = self.attending = self._told = None
        return worker, told

    async def stop(self) -> None:
        """It has nothing to play out, unless it has the output by now."""
        if self.worker is not None:
            await self.worker.stop(self._keeper.house.settings.stop_s)
        if self.attending is not None:
            await asyncio.wait([self.attending], timeout=self._keeper.house.settings.stop_s)

    def release(self) -> None:
        """It goes on without us."""
        if self.worker is not None:
            self.worker.release()

    def kill(self) -> None:
        if self.worker is not None:
            self.worker.process.kill()

    async def _attend(self, worker: RunningWorker) -> None:
        keeper = self._keeper
        watching = asyncio.create_task(self._watch(worker))
        try:
            code = await worker.wait()
        finally:
            watching.cancel()
            await asyncio.wait([watching])
        worker.close()
        self.worker = self.attending = self._told = None
        self._failed(f"its successor ended with {code}")
        keeper.life.change.successor_ended(hopeless=code == EXIT_SETTINGS)
        keeper.nudge()

    async def _watch(self, worker: RunningWorker) -> None:
        keeper = self._keeper
        while True:
            await asyncio.sleep(POLL_S)
            with contextlib.suppress(WorkerSilent):
                self._told = await worker.status()
                if self.worker is worker and self.standing.has_taken:
                    keeper.life.change.took(keeper.house.clock())
                    keeper.nudge()

    def _failed(self, why: str) -> None:
        self.failure = why
        log.warning("hand-over failed: %s", why, extra=named(streamId=self._keeper.stream.stream_id))

    @property
    def _can_share(self) -> bool:
        stream, settings = self._keeper.stream, self._keeper.house.settings
        return problem_sharing(input_url(stream, settings), output_url(stream, settings)) is None
