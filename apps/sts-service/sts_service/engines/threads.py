"""A bounded set of threads for a library that blocks, beside an event loop that must not."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

R = TypeVar("R")


class Threads:
    """A call given up while it waits is never made; one that is running goes on in its thread, so what
    it does must end by itself.
    """

    def __init__(self, most: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._running: set[Future[Any]] = set()

    async def run(self, call: Callable[[], R]) -> R:
        future = self._pool.submit(call)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return await asyncio.wrap_future(future)

    async def close(self) -> None:
        """The running calls end first."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        left = [asyncio.wrap_future(future) for future in list(self._running)]
        await asyncio.gather(*left, return_exceptions=True)
        # Nothing to wait for now but the threads' last steps.
        self._pool.shutdown(wait=True)


class Metered:
    """Somebody's view of threads that others use too: `worked` is told how many seconds each of his calls
    took, and how many of them it computed."""

    def __init__(self, threads: Threads, worked: Callable[[float, float], None]) -> None:
        self._threads = threads
        self._worked = worked

    async def run(self, call: Callable[[], R]) -> R:
        took_s = computed_s = 0.0

        def timed() -> R:
            nonlocal took_s, computed_s
            began, computed = time.perf_counter(), time.thread_time()
            try:
                return call()
            finally:
                took_s, computed_s = time.perf_counter() - began, time.thread_time() - computed

        try:
            return await self._threads.run(timed)
        finally:
            self._worked(took_s, computed_s)


AnyThreads: TypeAlias = Threads | Metered
