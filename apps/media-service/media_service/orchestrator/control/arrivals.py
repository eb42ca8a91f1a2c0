"""Publishers that come and go: by hooks, and by the media server's own list, so that a missed hook heals."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiohttp
from service_kit.logs import named

from media_service.orchestrator.control.house import unix_ms
from media_service.orchestrator.control.keeper import Keeper
from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.errors import OrchestratorError
from media_service.orchestrator.mediamtx.api import ListUnknown, MediaMtx
from media_service.orchestrator.names.ingest import IngestPath
from media_service.orchestrator.wanted.reconcile import Correction, corrections

EVERY_S = 10.0
"""Between two looks at the list."""

log = logging.getLogger(__name__)


class Arrivals:
    """None of this waits for the store: a publisher is not to be held up."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._path = IngestPath(roster.house.settings.ingest_path)
        self._was_unknown = False

    def stream_id(self, path: str) -> str | None:
        """None for a path that is no stream's input. Raises `Refused`."""
        return self._path.stream_id(path)

    def published(
        self, stream_id: str, source: str, asked: Mapping[str, str], *, in_order: bool = False
    ) -> bool:
        """Whether this was news. Raises `TooMany`."""
        keeper = self._roster.find(stream_id)
        if keeper is None:
            self._roster.check_room(stream_id)
            keeper = self._roster.begin(self._roster.made(stream_id, "hook", asked))
        if not keeper.life.ready(source, self._roster.house.clock(), in_order=in_order):
            return False
        differs = any(getattr(keeper.stream, name) != value for name, value in asked.items())
        keeper.stream = replace(
            keeper.stream, **dict[str, Any](asked), source=source, updated_unix_ms=unix_ms()
        )
        if differs:
            keeper.life.restart()
        self._changed(keeper, "published")
        return True

    def unpublished(self, stream_id: str, source: str) -> bool:
        """Whether nobody publishes it any more, as of now."""
        keeper = self._roster.find(stream_id)
        if keeper is None or not keeper.life.presence.gone(source, self._roster.house.clock()):
            return False
        keeper.stream = replace(keeper.stream, source=None, updated_unix_ms=unix_ms())
        self._changed(keeper, "unpublished")
        return True

    async def reconcile(self, url: str) -> None:
        """For ever: looks now and again."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.look(url)

    async def look(self, url: str) -> None:
        """Once."""
        metrics = self._roster.house.metrics.reconciliations
        asked_s = self._roster.house.clock()
        try:
            async with aiohttp.ClientSession(trust_env=False) as client:
                listed = await MediaMtx(url, client).ready_paths()
        except ListUnknown as unknown:
            metrics.labels("unknown").inc()
            if not self._was_unknown:
                log.warning("MediaMTX does not tell which paths are ready: %s", unknown)
            self._was_unknown = True
            return
        metrics.labels("known").inc()
        self._was_unknown = False
        known = {
            keeper.stream.stream_id: keeper.life.presence.known
            for keeper in self._roster.keepers()
            if not keeper.stream.pulls
        }
        for correction in corrections(listed, known, self._path.stream_id, asked_s):
            self._correct(correction)

    def _correct(self, correction: Correction) -> None:
        stream_id = correction.stream_id
        try:
            if correction.source is None:
                self.unpublished(stream_id, "")
            elif self.published(stream_id, correction.source, {}, in_order=True):
                log.info("a publisher that no hook told of", extra=named(streamId=stream_id))
        except OrchestratorError as error:
            log.warning("a publisher is left alone: %s", error, extra=named(streamId=stream_id))

    def _changed(self, keeper: Keeper, what: str) -> None:
        log.info("%s", what, extra=named(streamId=keeper.stream.stream_id))
        keeper.unsaved = True
        keeper.nudge()
        self._roster.saver.soon()
