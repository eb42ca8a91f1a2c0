"""The threads that a loop hands its slow calls to."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

THREADS = 6
"""Three are at work at once; a disk that hangs or a name that is looked up in vain holds one for its time."""
START_S = 5.0


def have_threads(count: int = THREADS) -> None:
    """Called once on the loop that runs: so many threads for `asyncio.to_thread`, from now on and for good.

    Left to itself the pool begins another thread whenever two calls happen to meet, up to a number that the
    machine's cores set. Over hours that is a process that grows, and nobody could tell it from a leak.
    """
    pool = ThreadPoolExecutor(count, thread_name_prefix="loop")
    # Each takes one and holds it until all are there.
    all_there = Barrier(count)
    for _ in range(count):
        pool.submit(all_there.wait, START_S)
    asyncio.get_running_loop().set_default_executor(pool)
