"""Waiting for things that may block or never come, always with an end."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def first_of(*events: asyncio.Event) -> None:
    """Returns when one of them is set."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def opened(call: Callable[[], None], undo: Callable[[], None], timeout_s: float) -> None:
    """Runs what opens something in a thread. Where it takes too long, or nobody wants it any more, it is
    undone as soon as the thread comes back.
    """
    work = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        await asyncio.wait_for(asyncio.shield(work), timeout_s)
    except (TimeoutError, asyncio.CancelledError):
        work.add_done_callback(lambda _: undo())
        raise
    except BaseException:
        await closed(undo)
        raise


async def closed(call: Callable[[], None], timeout_s: float = 5.0) -> None:
    """Runs what closes something in a thread, and does not wait for ever."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(asyncio.to_thread(call)), timeout_s)
