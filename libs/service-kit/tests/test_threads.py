"""A loop's threads are all there from the start."""

import asyncio
import threading
import time

from service_kit.threads import have_threads


def test_no_call_begins_another_thread() -> None:
    async def counted() -> tuple[int, int]:
        have_threads(3)
        before = threading.active_count()
        for together in (1, 2, 3, 9):
            await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.01) for _ in range(together)))
        return before, threading.active_count()

    outside = threading.active_count()
    assert asyncio.run(counted()) == (outside + 3, outside + 3)
    assert threading.active_count() == outside


def test_as_many_calls_run_at_once_as_there_are_threads() -> None:
    async def meet() -> None:
        have_threads(4)
        together = threading.Barrier(4)
        await asyncio.gather(*(asyncio.to_thread(together.wait, 5) for _ in range(4)))

    asyncio.run(meet())
