"""What people ask for: streams added, edited, started, stopped, switched. Each act is written down."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service_kit.logs import named

from media_service.metrics.worker import Mode
from media_service.orchestrator.control.changes import check_whole
from media_service.orchestrator.control.house import unix_ms
from media_service.orchestrator.control.keeper import Keeper
from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.names.stream_id import check_stream_id
from media_service.orchestrator.store.records import Action

log = logging.getLogger(__name__)


class Desk:
    """Stored first, done then: what was answered is not forgotten. But the sound is switched first."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._store = roster.store
        self._gate = roster.house.gate

    async def add(self, stream_id: str, values: Mapping[str, Any], who: str) -> Keeper:
        check_stream_id(stream_id)
        self._roster.check_room(stream_id)
        await self._gate.check(values)
        async with self._roster.saver.writing:
            self._roster.check_room(stream_id)
            stream = self._roster.made(stream_id, "hand", values)
            check_whole(stream, self._roster.house.settings)
            await self._store.put(stream, _action(who, "add", stream_id))
            found = self._roster.find(stream_id)
            if found is None:
                return self._roster.begin(stream)
        # A publisher came while it was being written: then that is its stream, with these settings.
        return await self.edit(stream_id, values, who)

    async def edit(self, stream_id: str, changes: Mapping[str, Any], who: str) -> Keeper:
        """Takes effect with the worker's next start; destinations at once."""
        self._roster.keeper(stream_id)
        await self._gate.check(changes)
        keeper = await self._change(stream_id, changes, who, "edit", ", ".join(sorted(changes)))
        keeper.life.pulls = keeper.stream.pulls
        if "forward_urls" in changes:
            keeper.forwarders.edited()
        keeper.nudge()
        return keeper

    async def start(self, stream_id: str, who: str) -> Keeper:
        keeper = await self._change(stream_id, {"enabled": True}, who, "start")
        keeper.life.start()
        keeper.nudge()
        return keeper

    async def stop(self, stream_id: str, who: str) -> Keeper:
        keeper = await self._change(stream_id, {"enabled": False}, who, "stop")
        keeper.life.stop()
        keeper.nudge()
        return keeper

    async def restart(self, stream_id: str, who: str) -> Keeper:
        keeper = self._roster.keeper(stream_id)
        log.info("restart", extra=named(streamId=stream_id, who=who))
        keeper.life.restart()
        keeper.nudge()
        await self._roster.saver.record(_action(who, "restart", stream_id))
        return keeper

    async def set_mode(self, stream_id: str, mode: Mode, who: str) -> Keeper:
        """On air first: an operator's hand does not wait for a disk. Raises `WorkerSilent`."""
        keeper = self._roster.keeper(stream_id)
        log.info("mode", extra=named(streamId=stream_id, mode=mode, who=who))
        keeper.stream = replace(keeper.stream, mode=mode, updated_unix_ms=unix_ms())
        keeper.unsaved = True
        try:
            await keeper.set_mode(who)
        finally:
            keeper.nudge()
            self._roster.saver.soon()
            await self._roster.saver.record(_action(who, "mode", stream_id, mode))
        return keeper

    async def delete(self, stream_id: str, who: str) -> None:
        async with self._roster.saver.writing:
            self._roster.keeper(stream_id)
            await self._store.delete(stream_id, _action(who, "delete", stream_id))
            self._roster.keeper(stream_id)
            removing = self._roster.remove(stream_id)
        log.info("delete", extra=named(streamId=stream_id, who=who))
        await removing

    async def actions(self, stream_id: str | None, most: int) -> list[Action]:
        return await self._store.actions(stream_id=stream_id, most=most)

    async def _change(
        self, stream_id: str, changes: Mapping[str, Any], who: str, what: str, detail: str | None = None
    ) -> Keeper:
        async with self._roster.saver.writing:
            keeper = self._roster.keeper(stream_id)
            new = {**changes, "updated_unix_ms": unix_ms()}
            stored = replace(keeper.stream, **new)
            check_whole(stored, self._roster.house.settings)
            await self._store.put(stored, _action(who, what, stream_id, detail))
            # A hook may have changed something else meanwhile.
            keeper.stream = replace(keeper.stream, **new)
            keeper.unsaved = keeper.unsaved or keeper.stream != stored
        self._roster.secrets.learn(stream_id, keeper.stream.urls)
        log.info("%s", what, extra=named(streamId=stream_id, who=who))
        return keeper


def _action(who: str, what: str, stream_id: str, detail: str | None = None) -> Action:
    return Action(at_unix_ms=unix_ms(), who=who, what=what, stream_id=stream_id, detail=detail)
