"""The service with five busy streams and engines that are slow, fail and hang."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from sts_service.testing.script import Script

from load.lag import p99
from load.program import program
from load.service import SAID, Plan, settled, to_json
from load.workers import Tally, sounds, stream, vanish

STREAMS = 5
STAGES = ("asr", "translation", "tts")
WINDOWS = (11, 4, 4, 4, 4)
"""The first stream sends one more than may be in flight; with two it would also be out of sequence."""

ACK_P99_MS = 50.0
LAG_MS = 50.0
GENEROUS = 6.0
"""So many times the wanted figures are let pass in CI, whose machine is what it is."""

GROWTH_MIB = 25.0


@dataclass(frozen=True, slots=True)
class Figures:
    service: dict[str, Any]
    """How late its loop was, see `Lag`."""
    machine: dict[str, Any]
    """How late a loop was that had nothing to do."""
    ack_p99_ms: float
    held: tuple[dict[str, Any], ...]
    """By the service when idle: before the load, after it, and after streams that vanished."""


def troubled(seed: int, takes_s: tuple[float, float], hang: Any = "hang_native", **more: Any) -> Script:
    return Script(rates={"fail": 0.05, hang: 0.02}, takes_s=takes_s, seed=seed, **more)


def plan_of(stage_s: float, timeout_ms: int) -> Plan:
    """Each stage takes up to `stage_s`, the one in the middle twice that."""
    return Plan(
        asr=troubled(1, (stage_s / 10, stage_s)),
        translation=troubled(2, (stage_s / 10, 2 * stage_s), "hang", says=SAID),
        tts=troubled(3, (stage_s / 10, stage_s)),
        processes=2,
        timeout_ms=timeout_ms,
    )


async def loaded(fragments: int, seconds: float, plan: Plan) -> tuple[list[Tally], Figures]:
    """What the workers were told, and the figures of the service and of the machine meanwhile."""
    async with program("load.idle") as idle, program("load.service", to_json(plan)) as service:
        url = service.first_line
        pieces = [sounds(seconds, fragments, seed) for seed in range(STREAMS)]
        # What only the first stream brings is not counted: libraries, threads, connections.
        await asyncio.gather(*(stream(url, f"warm-{n}", pieces[n][:4], window=4) for n in range(STREAMS)))
        before = await settled(service, plan)
        await idle.ask()
        load = []
        for n in range(STREAMS):
            load.append(asyncio.create_task(stream(url, f"load-{n}", pieces[n], window=WINDOWS[n])))
            await asyncio.sleep(0.1)
        tallies = await asyncio.gather(*load)
        busy, control = await service.ask(), await idle.ask()
        after = await settled(service, plan)
        await asyncio.gather(*(vanish(url, f"gone-{n}", pieces[n][:6]) for n in range(STREAMS)))
        vanished = await settled(service, plan)
    acks = [ms for tally in tallies for ms in tally.ack_ms]
    return tallies, Figures(busy, control, p99(acks), (before, after, vanished))


def check(tallies: list[Tally], figures: Figures, fragments: int, tolerance: float) -> None:
    for tally in tallies:
        assert tally.order == list(range(fragments)), "each answered once, and in order"
        assert tally.complete["total_fragments"] == fragments
        assert sum(tally.outcomes.values()) == fragments
    outcomes = outcomes_of(tallies)
    # Of so few fragments it is chance whether one hangs in each stage; that one fails is all but certain.
    assert {(stage, "MODEL_ERROR") for stage in STAGES} <= set(outcomes), outcomes
    assert any(outcomes[stage, "TIMEOUT"] for stage in STAGES), outcomes
    assert outcomes["", "success"] + outcomes["", "partial"] > fragments * STREAMS * 0.5, outcomes
    pushy, *others = tallies
    assert pushy.refused
    assert "high" in pushy.pressure
    assert not any(tally.refused for tally in others), "it is only the pushy one's own affair"
    # On a machine that has nothing else to do this is next to nothing.
    busy_ms = figures.machine["lag_p99_ms"]
    assert figures.service["own_ms"] <= LAG_MS * tolerance + busy_ms, figures
    # A long fragment passes a socket in pieces, so both sides wait for a core several times.
    assert figures.ack_p99_ms <= ACK_P99_MS * tolerance + 5 * busy_ms, figures
    before, *later = figures.held
    for after in later:
        for what in ("children", "threads", "files", "tasks"):
            assert after[what] <= before[what], (what, before, after)
        assert after["rss_mib"] <= before["rss_mib"] + GROWTH_MIB, (before, after)


def outcomes_of(tallies: list[Tally]) -> Counter[tuple[str, str]]:
    return sum((tally.outcomes for tally in tallies), Counter[tuple[str, str]]())


def row(tallies: list[Tally], figures: Figures) -> str:
    told = ", ".join(
        f"{'/'.join(filter(None, key))} {count}" for key, count in sorted(outcomes_of(tallies).items())
    )
    rss = ", ".join(f"{held['rss_mib']:.0f}" for held in figures.held)
    service, machine = figures.service, figures.machine
    return (
        f"ack p99 {figures.ack_p99_ms:.1f} ms; loop late by at most {service['lag_ms']:.1f} ms, without what "
        f"other processes took {service['own_ms']:.1f} (an idle loop: at most {machine['lag_ms']:.1f}, p99 "
        f"{machine['lag_p99_ms']:.1f}); RSS {rss} MiB; refused for backpressure "
        f"{sum(tally.refused for tally in tallies)}; {told}"
    )


@pytest.mark.timeout(180)
async def test_every_fragment_is_answered_once_and_in_order_whatever_the_engines_do(
    load_report: list[str],
) -> None:
    fragments = 30
    tallies, figures = await loaded(fragments, 1.0, plan_of(0.025, 400))
    load_report.append(row(tallies, figures))
    check(tallies, figures, fragments, GENEROUS)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_the_same_holds_for_long_fragments_and_slower_engines(load_report: list[str]) -> None:
    fragments = 100
    tallies, figures = await loaded(fragments, 6.0, plan_of(0.2, 1000))
    load_report.append(row(tallies, figures))
    check(tallies, figures, fragments, 1.0)
