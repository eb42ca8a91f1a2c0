"""Writes down what has changed by itself, and goes on trying where the store fails."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from media_service.orchestrator.errors import StoreFailed
from media_service.orchestrator.metrics import OrchestratorMetrics
from media_service.orchestrator.store.records import Action
from media_service.orchestrator.store.store import Store

if TYPE_CHECKING:
    from media_service.orchestrator.control.keeper import Keeper

EVERY_S = 2.0
AGAIN_S = 5.0
MOST_UNWRITTEN = 1000
"""Acts that wait for the store; the oldest go."""

log = logging.getLogger(__name__)


class Saver:
    """`writing` is held by whoever writes streams, so that an older state never replaces a newer one."""

    def __init__(
        self, store: Store, keepers: "Callable[[], list[Keeper]]", metrics: OrchestratorMetrics
    ) -> None:
        self._store = store
        self._keepers = keepers
        self._metrics = metrics
        self._now = asyncio.Event()
        self._unwritten: deque[Action] = deque(maxlen=MOST_UNWRITTEN)
        self.writing = asyncio.Lock()
        self.works = True

    def soon(self) -> None:
        self._now.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._now.wait()
            self._now.clear()
            try:
                await self.save()
            except StoreFailed as failure:
                self.failed(failure)
                await asyncio.sleep(AGAIN_S)
            except Exception:
                log.exception("our own fault: a stream's state cannot be written")
                await asyncio.sleep(AGAIN_S)

    async def save(self) -> None:
        """Raises `StoreFailed`; what was not written is tried again."""
        async with self.writing:
            for keeper in self._keepers():
                if keeper.unsaved:
                    keeper.unsaved = False
                    keeper.stream = replace(keeper.stream, enabled=keeper.life.enabled)
                    try:
                        await self._store.put(keeper.stream)
                    except BaseException:
                        keeper.unsaved = True
                        raise
            if self._unwritten or not self.works:
                waiting = list(self._unwritten)
                await self._store.record(*waiting)
                for _ in waiting:
                    self._unwritten.popleft()
            self.works = True

    async def record(self, action: Action) -> None:
        """Now, or when the store works again."""
        try:
            await self._store.record(action)
        except StoreFailed as failure:
            self._unwritten.append(action)
            self.failed(failure)

    def failed(self, failure: StoreFailed) -> None:
        self.works = False
        self._metrics.store_failures.inc()
        log.error("the store failed, and is tried again: %s", failure)
