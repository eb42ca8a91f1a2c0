"""How late an event loop is, and how it is asked."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVERY_S = 0.005
_TASKS = Path("/proc/self/task")


class Lag:
    """Of the loop that measures it.

    Part of it is the machine's doing: the loop, or a thread whose hold on the interpreter it waited for, was
    to run, and other processes had the cores. Linux counts that time for each thread, and `own` is what is
    left without it: what this process itself was busy with, or waited for.
    """

    def __init__(self) -> None:
        self._ms: list[float] = []
        self._own_ms: list[float] = []
        self._takings = 0

    async def measure(self) -> None:
        while True:
            takings, before_s, before = self._takings, time.monotonic(), _kept_waiting_ns()
            await asyncio.sleep(EVERY_S)
            late_ms = (time.monotonic() - before_s - EVERY_S) * 1000
            after = _kept_waiting_ns()
            if takings == self._takings:  # else the question itself took its time
                starved_ns = sum(after[thread] - before[thread] for thread in before.keys() & after.keys())
                self._ms.append(late_ms)
                self._own_ms.append(max(0.0, late_ms - starved_ns / 1e6))

    def taken(self) -> dict[str, Any]:
        """Since it was taken last."""
        taken = {
            "samples": len(self._ms),
            "lag_ms": max(self._ms, default=0.0),
            "lag_p99_ms": p99(self._ms),
            "own_ms": max(self._own_ms, default=0.0),
        }
        self._ms, self._own_ms = [], []
        self._takings += 1
        return taken


def p99(values: list[float]) -> float:
    return sorted(values)[-(-len(values) * 99 // 100) - 1] if values else 0.0


def _kept_waiting_ns() -> dict[str, int]:
    """How long each thread of this process has been ready to run, and had no core to run on."""
    waited = {}
    for thread in _TASKS.iterdir() if _TASKS.is_dir() else ():
        with contextlib.suppress(OSError):  # it has ended, or this kernel does not tell
            waited[thread.name] = int((thread / "schedstat").read_bytes().split()[1])
    return waited


async def answer_lines(answer: Callable[[], dict[str, Any]]) -> None:
    """Each line of standard input is a question; ends with it."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        sys.stdout.write(json.dumps(answer()) + "\n")
        sys.stdout.flush()
    transport.close()
