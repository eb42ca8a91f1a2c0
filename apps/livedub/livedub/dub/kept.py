"""A process that is started again whenever it ends by itself, later each time up to a bound."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

from media_service.orchestrator.egress.retry import Retry

from livedub.errors import Failed


async def keep_running(
    name: str,
    ended: Callable[[], Awaitable[int]],
    start: Callable[[], Awaitable[None]],
    say: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Until cancelled. `ended` tells the exit code of the one that runs now."""
    retry = Retry()
    retry.started(clock())
    while True:
        code = await ended()
        say(f"{name} ended by itself ({code}); it is started again")
        await sleep(retry.ended(clock()))
        retry.started(clock())
        try:
            await start()
        except Failed as failed:
            say(f"{name} cannot be started: {failed}")
