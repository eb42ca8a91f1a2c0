"""Our echo service beside a minimal Node one that speaks the same events, in one run and by turns."""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.frames import Audio
from benchmarks.loads import Pace, Saturation, check_echo, pace, saturate
from benchmarks.report import Figure, Turns, Wanted, machine, table
from benchmarks.service import NODE, OURS, Memory, node_version, running

SIZES = {"100 KB": 100 * 1024, "770 KB": 770 * 1024}
"""Bytes of base64: a fragment of compressed sound, and one of PCM."""

CPU_WANTED = {"100 KB": Wanted(0.8, of_other=True), "770 KB": Wanted(0.5, of_other=True)}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything."""

    starts: int
    settle_s: float
    """From ready to weighed."""
    rounds: int
    streams: int
    in_flight: int
    fragments: dict[str, int]
    """A stream and round, by size: enough that the 10 ms steps of processor time do not matter."""
    paced_streams: int
    paced_s: int


FULL = Plan(
    starts=9,
    settle_s=0.5,
    rounds=5,
    streams=10,
    in_flight=3,
    fragments={"100 KB": 500, "770 KB": 80},
    paced_streams=100,
    paced_s=15,
)
QUICK = Plan(
    starts=1,
    settle_s=0.1,
    rounds=1,
    streams=2,
    in_flight=3,
    fragments={"100 KB": 6, "770 KB": 4},
    paced_streams=4,
    paced_s=1,
)


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    plan = QUICK if options.quick else FULL
    where = machine(f"Node {node_version()}")
    began = time.monotonic()
    figures = list(_measure(plan))
    print(f"## Echo\n\n{where}\n\n{table(figures)}\n")
    took_s = time.monotonic() - began
    print(f"Medians of {plan.rounds} rounds by turns and of {plan.starts} starts; {took_s:.0f} s in all.")
    if options.json:
        result = {"machine": where, "figures": [figure.as_json() for figure in figures]}
        options.json.write_text(json.dumps(result, indent=2) + "\n")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks echo", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each part once and tiny, to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures there")
    return parser.parse_args(arguments)


def _measure(plan: Plan) -> Iterator[Figure]:
    yield from _starts(plan)
    for size in SIZES:
        yield from _saturations(plan, size)
    yield from _paces(plan)


def _starts(plan: Plan) -> Iterator[Figure]:
    ready: Turns[float] = Turns()
    memory: Turns[Memory] = Turns()
    for turn in range(plan.starts + 1):
        for kind in (OURS, NODE):
            with running(kind) as service:
                # The very first start compiles and reads from the disk.
                if turn > 0:
                    time.sleep(plan.settle_s)
                    ready.add(kind.name, service.ready_after_s)
                    memory.add(kind.name, service.memory())
    yield ready.figure("start, exec to /ready", "s", lambda seconds: seconds, Wanted(0.6))
    yield memory.figure("idle memory, RSS", "MiB", lambda weight: weight.rss, Wanted(60))
    yield memory.figure("idle memory, PSS", "MiB", lambda weight: weight.pss)
    yield memory.figure("idle memory, USS", "MiB", lambda weight: weight.uss)


def _saturations(plan: Plan, size: str) -> Iterator[Figure]:
    turns = uvloop.run(_saturate_by_turns(plan, size))
    name = f"{plan.streams} streams x {plan.in_flight}, {size}"
    yield turns.figure(f"{name}: CPU a fragment", "ms", lambda load: load.cpu_ms, CPU_WANTED[size])
    yield turns.figure(f"{name}: round trip p50", "ms", lambda load: load.p50_ms)
    yield turns.figure(f"{name}: round trip p99", "ms", lambda load: load.p99_ms)
    yield turns.figure(f"{name}: throughput", "fragments/s", lambda load: load.per_second)
    # Near 100 % the throughput and the round trip would be the generator's; processor time never is.
    yield turns.figure(f"{name}: load generator busy", "% of a core", lambda load: load.generator_busy * 100)


async def _saturate_by_turns(plan: Plan, size: str) -> Turns[Saturation]:
    audio = Audio.of_size(SIZES[size])
    turns: Turns[Saturation] = Turns()
    with running(OURS) as ours, running(NODE) as node:
        for turn in range(plan.rounds + 1):
            for service in (ours, node):
                if turn == 0:
                    await check_echo(service, audio)
                load = await saturate(service, audio, plan.streams, plan.in_flight, plan.fragments[size])
                # The first turn warms both up: Node compiles what it finds to be hot.
                if turn > 0:
                    turns.add(service.kind.name, load)
    return turns


def _paces(plan: Plan) -> Iterator[Figure]:
    turns = uvloop.run(_pace_by_turns(plan))
    name = f"{plan.paced_streams} streams at 1/s, 100 KB"
    yield turns.figure(f"{name}: ack p50", "ms", lambda load: load.ack_p50_ms)
    yield turns.figure(f"{name}: ack p99", "ms", lambda load: load.ack_p99_ms, Wanted(50))
    yield turns.figure(f"{name}: round trip p99", "ms", lambda load: load.result_p99_ms)
    yield turns.figure(f"{name}: CPU", "% of a core", lambda load: load.cpu_percent)


async def _pace_by_turns(plan: Plan) -> Turns[Pace]:
    audio = Audio.of_size(SIZES["100 KB"])
    turns: Turns[Pace] = Turns()
    for kind in (OURS, NODE):
        with running(kind) as service:
            turns.add(kind.name, await pace(service, audio, plan.paced_streams, plan.paced_s))
    return turns
