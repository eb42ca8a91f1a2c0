"""python -m load.service PLAN: the service with scripted engines, set up as its users' is.

Says its address; each line of its standard input is answered with what it holds and how late its loop was.
"""

import asyncio
import itertools
import sys
from dataclasses import dataclass, replace
from typing import Any

import psutil
import uvloop
from pydantic import TypeAdapter
from service_kit.logs import configure
from service_kit.memory import give_back, settle
from sts_service.full import FullServer
from sts_service.testing.fakes import synthesizer, transcriber, translator
from sts_service.testing.script import Script

from load.lag import Lag, answer_lines
from load.program import Program

ON_LOOP = 8
"""Calls at once of the stage on the loop."""

SAID = tuple(f"hola {''.join(letters)}" for letters in itertools.product("aeiou", "lmnrst", "aeiou", "lmn"))
"""What the translator says: short enough for a slot of a second, and all different."""


@dataclass(frozen=True)
class Plan:
    asr: Script
    translation: Script
    tts: Script
    processes: int = 1
    timeout_ms: int = 10_000


def engines(plan: Plan) -> dict[Any, Any]:
    """Two stages in processes, and the one in the middle on the loop, as an API is."""
    tts = synthesizer(plan.tts, concurrency=plan.processes)
    return {
        "asr": transcriber(plan.asr, concurrency=plan.processes),
        "translation": translator(plan.translation, home="loop", concurrency=ON_LOOP),
        # Without a rate control of its own each text is spoken once.
        "tts": replace(tts, card=replace(tts.card, speed_range=None)),
    }


def server(plan: Plan) -> FullServer:
    timeouts: dict[str, Any] = {
        f"{stage}_timeout_ms": plan.timeout_ms for stage in ("asr", "translation", "tts")
    }
    # Every stream is let in: what the service does with too many is what is looked at.
    return FullServer(engines=engines(plan), fragment_rate_per_min=100_000, max_load=0.0, **timeouts)


async def run(plan: Plan) -> None:
    configure("sts_service", "error", "json")
    async with server(plan) as running:
        settle()
        lag = Lag()
        measuring = asyncio.create_task(lag.measure())
        sys.stdout.write(running.url + "\n")
        sys.stdout.flush()
        await answer_lines(lambda: held(running) | lag.taken())
        measuring.cancel()


def held(running: FullServer) -> dict[str, Any]:
    give_back()
    own = psutil.Process()
    told = running.processor.readiness().detail["engines"]
    return {
        "children": len(own.children(recursive=True)),
        "threads": own.num_threads(),
        "files": own.num_fds(),
        "tasks": len(asyncio.all_tasks()),
        "task_names": sorted(map(described, asyncio.all_tasks())),
        "rss_mib": own.memory_info().rss / (1 << 20),
        "running": [each["running"] for each in told.values()],
        # Calls that wait or run, also for nobody any more.
        "depth": sum(post.stage.depth for post in running.processor._lineup.posts.values() if post.stage),
    }


async def settled(service: Program, plan: Plan) -> dict[str, Any]:
    """What the service holds when nothing runs any more and all engines are there."""
    everybody = [plan.processes, ON_LOOP, plan.processes]
    answers: list[dict[str, Any]] = []
    async with asyncio.timeout(25):
        while True:
            answers.append(await service.ask())
            last = answers[-3:]
            quiet = len({(each["tasks"], each["threads"], each["files"]) for each in last}) == 1
            if len(last) == 3 and quiet and not last[-1]["depth"] and last[-1]["running"] == everybody:
                return last[-1]
            await asyncio.sleep(0.3)


def described(task: "asyncio.Task[Any]") -> str:
    """For the message of a failing test."""
    return getattr(task.get_coro(), "__qualname__", task.get_name())


def plan_of(text: str) -> Plan:
    return TypeAdapter(Plan).validate_json(text)


def to_json(plan: Plan) -> str:
    return TypeAdapter(Plan).dump_json(plan).decode()


if __name__ == "__main__":
    uvloop.run(run(plan_of(sys.argv[1])))
