"""One destination of a stream: a child that sends the dubbed stream there, started again for ever."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Protocol

from service_kit.logs import named

from media_service.config.urls import mask
from media_service.orchestrator.control.assignment import FORWARDER, for_forwarder, forwarder_name
from media_service.orchestrator.control.house import House
from media_service.orchestrator.egress.retry import Retry
from media_service.orchestrator.errors import Refused
from media_service.orchestrator.store.records import Stream
from media_service.orchestrator.workers.running import RunningWorker

ForwardState = Literal["waiting", "running", "retrying"]

STOP_S = 3.0
FAULT_S = 5.0

log = logging.getLogger(__name__)


class Sending(Protocol):
    """What a forwarder knows of its stream."""

    house: House

    @property
    def stream(self) -> Stream: ...

    @property
    def may_start(self) -> bool: ...

    @property
    def is_wanted(self) -> bool: ...

    def until(self, ready: Callable[[], bool]) -> Coroutine[Any, Any, None]: ...


class Forwarder:
    """One destination. `run` never raises for what its child does."""

    def __init__(self, sending: Sending, number: int, url: str) -> None:
        self._of = sending
        self.number = number
        self.url = url
        self.worker: RunningWorker | None = None
        self.state: ForwardState = "waiting"
        self.retry = Retry()

    @property
    def name(self) -> str:
        return forwarder_name(self._of.stream.stream_id, self.number)

    async def run(self) -> None:
        while True:
            try:
                await self._live()
            except Exception:
                log.exception("our own fault", extra=named(destination=mask(self.url)))
                await asyncio.sleep(FAULT_S)

    async def _live(self) -> None:
        sending = self._of
        while True:
            if self.worker is None:
                await sending.until(lambda: sending.may_start)
                await self._start()
            if self.worker is not None:
                self.state = "running"
                await self._until_end(self.worker)
            wait_s = self.retry.ended(sending.house.clock())
            if self._of.is_wanted:
                self.state = "retrying"
                sending.house.metrics.forwarder_ends.inc()
                log.warning(
                    "forwarder ended, again in %.0f s",
                    wait_s,
                    extra=named(streamId=sending.stream.stream_id, destination=mask(self.url)),
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
        sending = self._of
        own = for_forwarder(sending.stream, self.url, sending.house.settings)
        try:
            await sending.house.gate.check({"forward_urls": (self.url,)})
            self.worker = await sending.house.crew.start(FORWARDER, self.name, own)
        except (OSError, Refused) as error:
            log.warning(
                "forwarder cannot be started: %s", error, extra=named(streamId=sending.stream.stream_id)
            )
        self.retry.started(sending.house.clock())

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
