"""Every stream's worker is replaced by a new one, one after the other, while all are on air."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Literal

from service_kit.logs import named

from media_service.orchestrator.control.house import unix_ms
from media_service.orchestrator.control.keeper import Keeper
from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.errors import AlreadyThere
from media_service.orchestrator.store.records import Action
from media_service.orchestrator.wanted.change import HAND_OVER_S, LEAVE_S
from media_service.orchestrator.wanted.life import Worker

Outcome = Literal["waiting", "handing_over", "handed_over", "kept"]

MOST_S = HAND_OVER_S + LEAVE_S + 30.0
"""For one stream."""

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class RolloutOf:
    """What became of one stream's worker."""

    stream_id: str
    outcome: Outcome = "waiting"
    """`kept`: its worker is the one it was"""
    reason: str | None = None
    """why it was kept"""


@dataclass(kw_only=True)
class RolloutView:
    """The last one, or the one that goes on."""

    running: bool
    started_unix_ms: int | None
    who: str | None
    streams: list[RolloutOf]


class Rollout:
    """One at a time; `begin` returns at once."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._task: asyncio.Task[None] | None = None
        self.shown = RolloutView(running=False, started_unix_ms=None, who=None, streams=[])

    async def begin(self, who: str) -> RolloutView:
        """Raises `AlreadyThere` while one goes on."""
        if self.shown.running:
            raise AlreadyThere("a rollout goes on already")
        running = [keeper for keeper in self._roster.keepers() if keeper.life.worker is Worker.RUNNING]
        streams = [RolloutOf(stream_id=keeper.stream.stream_id) for keeper in running]
        self.shown = RolloutView(running=True, started_unix_ms=unix_ms(), who=who, streams=streams)
        self._task = asyncio.create_task(self._run(self.shown))
        log.info("rollout", extra=named(who=who, streams=len(streams)))
        await self._roster.saver.record(
            Action(
                at_unix_ms=unix_ms(),
                who=who,
                what="rollout",
                stream_id=None,
                detail=f"{len(streams)} streams",
            )
        )
        return self.shown

    async def _run(self, shown: RolloutView) -> None:
        try:
            for one in shown.streams:
                keeper = self._roster.find(one.stream_id)
                one.reason = "the stream is gone" if keeper is None else await self._replaced(keeper, one)
                one.outcome = "handed_over" if one.reason is None else "kept"
        finally:
            shown.running = False
        log.info("rollout is over", extra=named(kept=sum(one.outcome == "kept" for one in shown.streams)))

    async def _replaced(self, keeper: Keeper, one: RolloutOf) -> str | None:
        """None, or why its worker is the one it was."""
        before, why_not = keeper.worker, keeper.succession.why_not
        if before is None or why_not is not None:
            return why_not or "it has no worker"
        one.outcome = "handing_over"
        keeper.life.restart(or_stop=False)
        keeper.nudge()
        try:
            async with asyncio.timeout(MOST_S):
                await keeper.settled()
        except TimeoutError:
            keeper.life.change.forget()
            return "it took too long"
        if keeper.worker is None:
            return "it has ended"
        return None if keeper.worker is not before else keeper.succession.failure or "it was stopped"
