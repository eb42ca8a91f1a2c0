"""Waiting for things that may block or never come, always with an end."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


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
    work = _in_thread(call)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.shield(work)
    except (TimeoutError, asyncio.CancelledError):
        work.add_done_callback(lambda _: _in_thread(undo))
        raise
    except BaseException:
        await closed(undo)
        raise


async def closed(call: Callable[[], None], timeout_s: float = 5.0) -> None:
    """Runs what closes something in a thread, and does not wait for ever."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await asyncio.shield(_in_thread(call))


def _in_thread(call: Callable[[], None]) -> asyncio.Future[None]:
    """A thread of its own, which the process does not wait for when it ends: a server that never answers must
    not keep a worker that was told to go.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            # Who has stopped waiting does not want to hear of it.
            future.exception()

    def run() -> None:
        error: BaseException | None = None
        try:
            call()
        except Exception as failed:
            error = failed
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=run, name="media", daemon=True).start()
    return future
