"""How many streams the embedded engines dub here in real time: more and more, until one is late."""

import asyncio
import random
import time
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

import psutil

from benchmarks.service import Service
from benchmarks.stream import Stream
from benchmarks.sts_sound import TEXTS, fragment
from benchmarks.worker_usage import Machine

SLOT_S = 6.0
DRAIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Ramp:
    first_share: float
    """Of the number that the processor time of one stream promises: where the first step is."""
    step_share: float
    fragments: int
    """Of each stream, a step."""
    most_streams: int
    longest_s: float
    """Beyond which no further step is taken."""


FULL_RAMP = Ramp(first_share=0.4, step_share=0.2, fragments=4, most_streams=64, longest_s=200)
QUICK_RAMP = Ramp(first_share=0.01, step_share=0.01, fragments=2, most_streams=1, longest_s=10)


@dataclass(frozen=True, slots=True)
class Step:
    """What so many streams at once showed."""

    streams: int
    busy: float
    failed: int
    answers: int
    slowest_s: float

    @property
    def trouble(self) -> str | None:
        if self.failed:
            return f"{self.failed} of {self.answers} fragments failed"
        if self.slowest_s > SLOT_S:
            return f"a fragment was answered after {self.slowest_s:.1f} s, more than its slot"
        return None


@dataclass(frozen=True, slots=True)
class Held:
    steps: list[Step]
    ended: str

    @property
    def streams(self) -> int:
        return max((step.streams for step in self.steps if step.trouble is None), default=0)

    def told(self) -> str:
        rows = ["| streams | processor, all cores | answers | failed | slowest answer, s |"]
        rows += ["| --: | --: | --: | --: | --: |"]
        rows += [
            f"| {step.streams} | {step.busy:.0%} | {step.answers} | {step.failed} | {step.slowest_s:.1f} |"
            for step in self.steps
        ]
        told = f"**{self.streams} streams** in real time on {psutil.cpu_count()} cores. {self.ended}"
        return "\n".join([*rows, "", told])

    def as_json(self) -> dict[str, Any]:
        return {"streams": self.streams, "ended": self.ended, "steps": [asdict(step) for step in self.steps]}


async def hold(service: Service, ramp: Ramp, cpu_s_a_fragment: float) -> Held:
    """`cpu_s_a_fragment`: of one stream, to begin at a number that is no waste of time."""
    promised = SLOT_S / cpu_s_a_fragment * (psutil.cpu_count() or 1)
    more = max(1, round(promised * ramp.step_share))
    streams = min(ramp.most_streams, max(1, ceil(promised * ramp.first_share)))
    held, too_many, trouble = 0, ramp.most_streams + 1, "no more were tried"
    began, steps = time.monotonic(), list[Step]()
    while held < streams < too_many:
        if time.monotonic() - began > ramp.longest_s:
            return Held(steps, "Time was up before the limit was found.")
        step = await _step(service, streams, ramp.fragments)
        steps.append(step)
        if step.trouble is None:
            held = streams
        else:
            too_many, trouble = streams, f"with {streams}: {step.trouble}"
        # Up to the first trouble by so many at a time, from there on by halves.
        found = too_many <= ramp.most_streams
        streams = (held + too_many) // 2 if found else min(streams + more, ramp.most_streams)
    return Held(steps, f"{trouble.capitalize()}.")


async def _step(service: Service, streams: int, fragments: int) -> Step:
    moments = random.Random(1)
    prefix = f"held-{random.randrange(16**8):08x}"
    workers = [
        Stream(f"{prefix}-{number}", fragment(TEXTS[number % len(TEXTS)]), fragments)
        for number in range(streams)
    ]
    for worker in workers:
        worker.is_strict = False
    await asyncio.gather(*(worker.open(service.port) for worker in workers))
    loop, machine = asyncio.get_running_loop(), Machine()
    for number, worker in enumerate(workers):
        # Evenly over the slot, as independent workers are on the whole.
        moment = loop.time() + (number + moments.random()) * SLOT_S / streams
        for turn in range(fragments):
            loop.call_at(moment + turn * SLOT_S, worker.send)
    async with asyncio.timeout(SLOT_S * (fragments + 1) + DRAIN_S):
        await asyncio.gather(*(worker.all_processed for worker in workers))
    busy = machine.busy()
    await asyncio.gather(*(worker.close() for worker in workers))
    waits = [
        done - sent for each in workers for sent, done in zip(each.sent_at, each.processed_at, strict=True)
    ]
    return Step(streams, busy, sum(each.failed for each in workers), len(waits), max(waits))
