"""More and more streams through the engines, all let in, until half of the dubs are late."""

import asyncio
import contextlib
import json
import os
import random
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import psutil

from benchmarks.loads import percentile
from benchmarks.service import Service
from benchmarks.stream import Stream
from benchmarks.sts_sound import TEXTS, fragment
from benchmarks.worker_usage import Machine

SLOT_S = 6.0
BUDGET_S = 3.0
"""What livedub gives the service for a fragment; a worker started by hand gives 6 s."""
DRAIN_S = 90.0
BROKEN = 0.5
"""Of the dubs in time."""


@dataclass(frozen=True, slots=True)
class Ramp:
    streams_a_core: int = 1
    """From one step to the next."""
    fragments: int = 4
    """Of each stream, a step."""
    most_streams: int = 64
    longest_s: float = 330
    """Beyond which no further step is taken."""

    @classmethod
    def quick(cls) -> "Ramp":
        return cls(fragments=1, most_streams=1)


@dataclass(frozen=True, slots=True)
class Step:
    """What so many streams at once showed."""

    HEAD: ClassVar[str] = (
        "| streams | load, as the service says | of | processor, all cores | in 3 s | in 6 s "
        "| half answered within | slowest |\n|" + " --: |" * 8
    )

    streams: int
    load: float
    of: str
    busy: float
    in_3_s: float
    """Share of the fragments that were answered well within that."""
    in_6_s: float
    median_s: float
    slowest_s: float

    def __str__(self) -> str:
        return (
            f"| {self.streams} | {self.load:.0%} | {self.of} | {self.busy:.0%} | {self.in_3_s:.0%} "
            f"| {self.in_6_s:.0%} | {self.median_s:.1f} s | {self.slowest_s:.1f} s |"
        )


async def ramp(service: Service, plan: Ramp) -> AsyncIterator[Step]:
    more = plan.streams_a_core * (psutil.cpu_count() or 1)
    streams = min(plan.most_streams, more)
    began = time.monotonic()
    while time.monotonic() - began < plan.longest_s:
        step = await _step(service, streams, plan.fragments)
        yield step
        if step.in_3_s < BROKEN or streams >= plan.most_streams:
            return
        streams = min(plan.most_streams, streams + more)


async def _step(service: Service, streams: int, fragments: int) -> Step:
    moments = random.Random(1)
    prefix = f"load-{random.randrange(16**8):08x}"
    workers = [
        Stream(f"{prefix}-{number}", fragment(TEXTS[number % len(TEXTS)]), fragments)
        for number in range(streams)
    ]
    for worker in workers:
        worker.is_strict = False
    await asyncio.gather(*(worker.open(service.port) for worker in workers))
    loop, usage = asyncio.get_running_loop(), Machine()
    for number, worker in enumerate(workers):
        # Evenly over the slot, as independent workers are on the whole.
        moment = loop.time() + (number + moments.random()) * SLOT_S / streams
        for turn in range(fragments):
            loop.call_at(moment + turn * SLOT_S, worker.send)
    async with asyncio.timeout(SLOT_S * (fragments + 1) + DRAIN_S):
        await asyncio.gather(*(worker.all_processed for worker in workers))
    busy, told = usage.busy(), await asyncio.to_thread(load_of, service)
    await asyncio.gather(*(worker.close() for worker in workers))
    waits = [wait for worker in workers for wait in worker.waits_s(BUDGET_S * 10)]
    return Step(
        streams, told["ratio"], told["of"], busy, within(waits, BUDGET_S), within(waits, SLOT_S),
        percentile(waits, 50), max(waits),
    )  # fmt: skip


def load_of(service: Service) -> dict[str, Any]:
    """What the service says of its load."""
    with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/ready", timeout=10) as answer:
        told: dict[str, Any] = json.loads(answer.read())["load"]
        return told


def within(waits_s: list[float], limit_s: float) -> float:
    """Share of them."""
    return sum(wait <= limit_s for wait in waits_s) / len(waits_s) if waits_s else 0.0


@contextlib.contextmanager
def heard(service: Service) -> Iterator[None]:
    """Its engines give way to all other processes; where others work meanwhile, as this measurement itself,
    that would be measured and not the engines. Beside nothing else it makes no difference."""
    for child in service.process.children(recursive=True):
        for thread in child.threads():
            with contextlib.suppress(OSError):  # only root may
                os.setpriority(os.PRIO_PROCESS, thread.id, os.getpriority(os.PRIO_PROCESS, 0))
    yield
