"""Plays several scenarios side by side; each is judged in another process while the others go on."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from live.films import film

from drill.findings import Findings, find
from drill.play import play
from drill.programme import PROGRAMME
from drill.scenario import Scenario

AT_ONCE = 3
"""Scenarios; they mostly wait."""
GIVES_WAY = 10
"""The niceness of judging."""


async def drill(
    scenarios: Sequence[Scenario],
    folder: Path,
    told: Callable[[Scenario, Findings], None] = lambda scenario, found: None,
    *,
    at_once: int = AT_ONCE,
) -> dict[str, Findings]:
    """By the scenarios' names, in their order. `told` hears of each as soon as it is judged."""
    programme = await asyncio.to_thread(film, folder / "programme.flv", PROGRAMME)
    places = asyncio.Semaphore(at_once)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=os.nice, initargs=(GIVES_WAY,)) as judges:

        async def one(scenario: Scenario, number: int) -> Findings:
            async with places:
                played = await play(scenario, folder / str(number), programme)
            found = await asyncio.get_running_loop().run_in_executor(judges, find, played)
            told(scenario, found)
            return found

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(each, number)) for number, each in enumerate(scenarios)]
    return {scenario.name: task.result() for scenario, task in zip(scenarios, tasks, strict=True)}
