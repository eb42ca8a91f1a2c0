"""How long this machine makes programs wait that want to run: no promise is broken by that.

All that what is on air passes is looked at: a loop that does next to nothing, in which the proxies live;
the threads of every process, of which the kernel tells how long each has waited for a core; and the cores, of
which it tells how long each was lent to another guest of the same host, which no thread counts as waiting.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

LOOKS_S = 0.05
WINDOW = 6
"""Looks: a thread that has waited several times in so short a time was held up by all of it."""

Nanoseconds = dict[int, int]
"""That each thread has waited for a core, or each core was taken away, by their numbers."""


def waited_ns(pid: int) -> Nanoseconds:
    """So far; empty where there is no such process, or the kernel does not say."""
    found: Nanoseconds = {}
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, ValueError, IndexError):
                found[int(task.name)] = int((task / "schedstat").read_text().split()[1])
    return found


def stolen_ns(stat: Path = Path("/proc/stat")) -> Nanoseconds:
    """What other guests have had of each core so far."""
    tick_ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    cores = [
        line.split() for line in stat.read_text().splitlines() if line.startswith("cpu") and line[3].isdigit()
    ]
    return {int(core[0][3:]): int(core[8]) * tick_ns for core in cores}


def longest_ms(before: Nanoseconds, now: Nanoseconds) -> float:
    """What one of them has waited between two looks."""
    return max((now[number] - before[number] for number in now.keys() & before.keys()), default=0) / 1e6


def in_all_ms(before: dict[int, Nanoseconds], now: dict[int, Nanoseconds]) -> float:
    """What passes one process after the other waits in each of them; by their ids."""
    return sum(longest_ms(before[pid], now[pid]) for pid in now.keys() & before.keys())


@dataclass
class Busy:
    """`pids` tells whose threads to look at."""

    pids: Callable[[], Iterable[int]]
    _seen: list[tuple[int, float]] = field(default_factory=list)
    """When, and milliseconds."""

    def longest_ms(self, from_ns: int, to_ns: int) -> float:
        return max((late for at, late in self._seen if from_ns <= at <= to_ns), default=0.0)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["Busy"]:
        watching = asyncio.create_task(self._watch())
        try:
            yield self
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _watch(self) -> None:
        looks: deque[tuple[Nanoseconds, dict[int, Nanoseconds]]] = deque(maxlen=WINDOW)
        while True:
            due_ns = time.monotonic_ns() + int(LOOKS_S * 1e9)
            await asyncio.sleep(LOOKS_S)
            now_ns = time.monotonic_ns()
            looks.append((stolen_ns(), {pid: waited_ns(pid) for pid in self.pids()}))
            (stolen, waited), (stolen_now, waited_now) = looks[0], looks[-1]
            held_up_ms = longest_ms(stolen, stolen_now) + in_all_ms(waited, waited_now)
            self._seen.append((now_ns, max((now_ns - due_ns) / 1e6, held_up_ms)))
