"""Plays a scenario, and takes down what is needed to judge it."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from live.feed import Event
from orchestrator_process.process import until

from drill.busy import Busy
from drill.scenario import DELAY_S, Scenario
from drill.stand import LONG_S, Stand, stand
from drill.troubles import NotFelt

SETTLED = 2
"""Slots that are dubbed one after the other before the trouble comes, and when it is over."""
STARTS_S = 60.0
PATIENCE_S = 25.0
"""Beyond what is promised: that a promise is broken is for the judge to say."""
AFTERWARDS_S = 6.0
"""On air, once it is dubbed again: A/V sync is measured here."""
ON_AIR_BYTES = 50_000


@dataclass(frozen=True)
class Played:
    """All times by the monotonic clock."""

    film: Path
    recordings: list[Path]
    begun_ns: int
    healed_ns: int
    ended_ns: int
    events: list[Event]
    exit_code: int | None
    """None where it went on."""
    machine_late_ms: float
    """The longest that this machine made a program wait that wanted to run; proxies forward no sooner."""
    switched: bool = False
    """Between begun and healed the original was asked for."""
    problem: str = ""
    """What did not come to pass."""


async def play(scenario: Scenario, folder: Path, film: Path) -> Played:
    async with (
        stand(scenario, folder, film) as there,
        Busy(there.pids).watched() as busy,
    ):
        begun_ns = healed_ns = 0
        problem = ""
        try:
            if scenario.from_start:
                begun_ns, healed_ns = await _from_start(scenario, there)
            else:
                begun_ns, healed_ns = await _in_midst(scenario, there)
        except (TimeoutError, NotFelt) as missed:
            problem = str(missed) or "it took too long"
            begun_ns, healed_ns = begun_ns or time.monotonic_ns(), healed_ns or time.monotonic_ns()
        ended_ns, exit_code = time.monotonic_ns(), there.dubber.exit_code
        await there.stop()
        events = [*there.dubber.events("slot"), *there.dubber.events("change")]
        return Played(
            film,
            [recorder.file for recorder in there.recorders],
            begun_ns,
            healed_ns,
            ended_ns,
            events,
            exit_code,
            busy.longest_ms(begun_ns, ended_ns),
            scenario.switches,
            problem,
        )


async def _in_midst(scenario: Scenario, there: Stand) -> tuple[int, int]:
    await there.dubber.start()
    await asyncio.to_thread(there.publisher.start)
    await there.until_dubbed(SETTLED, STARTS_S)
    begun_ns = time.monotonic_ns()
    await scenario.trouble.begin(there)
    if scenario.stays:
        await until(lambda: there.dubber.exit_code is not None, LONG_S, "end of the worker")
        return begun_ns, time.monotonic_ns()
    await asyncio.sleep(scenario.hold_s)
    return begun_ns, await _heal(scenario, there)


async def _from_start(scenario: Scenario, there: Stand) -> tuple[int, int]:
    await scenario.trouble.begin(there)
    await there.dubber.start()
    begun_ns = time.monotonic_ns()
    await asyncio.to_thread(there.publisher.start)
    if not scenario.promise.interrupts:
        # It is on air in spite of it, and stays so.
        await asyncio.to_thread(there.recorders[0].wait_for_bytes, ON_AIR_BYTES, STARTS_S)
        begun_ns = time.monotonic_ns()
    await asyncio.sleep(scenario.hold_s)
    return begun_ns, await _heal(scenario, there)


async def _heal(scenario: Scenario, there: Stand) -> int:
    healed_ns = time.monotonic_ns()
    await scenario.trouble.heal(there)
    promised_s = scenario.promise.recovery_s + DELAY_S
    # What was decided before it was healed tells nothing.
    await there.until_dubbed(SETTLED + 1, promised_s + PATIENCE_S, after_ns=healed_ns)
    await asyncio.sleep(AFTERWARDS_S)
    return healed_ns
