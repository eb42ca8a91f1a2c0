"""What this process holds: processes, threads, files, tasks. Nothing of it may be left by a test."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import astuple, dataclass

import psutil

GRACE_S = 3.0


@dataclass(frozen=True, slots=True)
class Held:
    children: int
    threads: int
    files: int
    tasks: int

    def within(self, other: "Held") -> bool:
        return all(mine <= theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True))


def held() -> Held:
    own = psutil.Process()
    return Held(
        children=len(own.children(recursive=True)),
        threads=own.num_threads(),
        files=own.num_fds(),
        tasks=len(asyncio.all_tasks()),
    )


@contextlib.asynccontextmanager
async def nothing_held() -> AsyncIterator[Held]:
    """Fails where the block has left anything behind, a moment after it."""
    before = held()
    yield before
    deadline = time.monotonic() + GRACE_S
    after = held()
    while True:
        if after.within(before) or time.monotonic() > deadline:
            break
        await asyncio.sleep(0.02)
        after = held()
    assert after.within(before), f"{after}, and before it was {before}"


async def gone(pid: int, timeout_s: float = 5) -> bool:
    """Whether the process ends within the time; a zombie has ended."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                await asyncio.sleep(0.02)
                continue
        return True
    return False


async def until(true: Callable[[], object], timeout_s: float = 15) -> None:
    async with asyncio.timeout(timeout_s):
        while True:
            if true():
                return
            await asyncio.sleep(0.01)
