"""Asks a worker how it is, again and again; one that does not answer for long is killed: it has crashed."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from service_kit.logs import named

from media_service.orchestrator.errors import WorkerSilent
from media_service.orchestrator.wanted.life import Worker
from media_service.orchestrator.workers.running import RunningWorker

if TYPE_CHECKING:
    from media_service.orchestrator.control.keeper import Keeper

POLL_S = 1.0
FIRST_POLLS_S = 0.1
"""Until a worker has answered once."""
SILENT_S = 30.0
QUIET_S = 5.0
"""After so long an operator is told."""
STARTING_S = 120.0
"""A worker that says nothing for so long hangs."""

TELLS_S = 0.2
"""What it needs to write where it hangs into its log."""

log = logging.getLogger(__name__)


async def watch(keeper: "Keeper", worker: RunningWorker) -> None:
    """Until it is cancelled, or has killed it."""
    clock = keeper.house.clock
    heard_s, hangs_at_s = clock(), clock() + STARTING_S
    while True:
        try:
            told = await worker.status()
        except WorkerSilent as silent:
            if clock() >= hangs_at_s:
                log.warning(
                    "worker hangs, and is killed: %s",
                    silent,
                    extra=named(streamId=keeper.stream.stream_id, pid=worker.pid),
                )
                worker.process.ask_where_it_stands()
                await asyncio.sleep(TELLS_S)
                worker.process.kill()
                return
            if keeper.told is not None and clock() >= heard_s + QUIET_S:
                keeper.silent = True
                keeper.show()
        else:
            keeper.silent = False
            heard_s, hangs_at_s = clock(), clock() + SILENT_S
            await _heard(keeper, worker, told)
        await asyncio.sleep(FIRST_POLLS_S if keeper.told is None else POLL_S)


async def _heard(keeper: "Keeper", worker: RunningWorker, told: dict[str, Any]) -> None:
    mode = keeper.stream.mode
    if told.get("mode") != mode:
        # A new worker knows nothing of what the operator has chosen.
        with contextlib.suppress(WorkerSilent):
            await worker.set_mode(mode, "orchestrator")
            told = {**told, "mode": mode}
    keeper.told = told
    source = told.get("input")
    if isinstance(source, dict) and source.get("state") == "up":
        keeper.life.receiving(keeper.house.clock())
        if keeper.life.worker is Worker.RUNNING:
            keeper.reason = None
    keeper.forwarders.nudge()
    keeper.show()
