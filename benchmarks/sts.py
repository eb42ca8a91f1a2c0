"""The service that dubs: the work around its engines, the engines, the streams that this machine holds."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import uvloop

from benchmarks.loads import percentile
from benchmarks.report import Figure, Wanted, machine, table
from benchmarks.service import running
from benchmarks.sts_around import Plan as AroundPlan
from benchmarks.sts_around import Round, answered, around, pieces, service
from benchmarks.sts_capacity import FULL_RAMP, QUICK_RAMP, Held, Ramp, hold
from benchmarks.sts_sound import TEXTS
from benchmarks.sts_stages import stages

EMBEDDED = ("--asr-engine=pocketsphinx", "--translation-engine=apertium", "--tts-engine=espeak")
P95_WANTED_MS = 8_000
FLOOR = "benchmarks.sts_floor"
"""Where it is: `figures(quick)` gives what recognition at its production size costs without its weights."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything."""

    around: AroundPlan
    stage_rounds: int
    """Over all texts."""
    chain_rounds: int
    chain_fragments: int
    ramp: Ramp


FULL = Plan(AroundPlan(fragments=40, rounds=5, times=30), 3, 4, 5, FULL_RAMP)
QUICK = Plan(AroundPlan(fragments=2, rounds=1, times=2), 1, 1, 1, QUICK_RAMP)


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    plan = QUICK if options.quick else FULL
    where = machine("engines on its processors alone")
    began = time.monotonic()
    print(f"## STS\n\n{where}\n", flush=True)
    figures, held = uvloop.run(_measure(plan, options))
    if held:
        print(f"{held.told()}\n")
    print(f"Medians of {plan.around.rounds} rounds; {time.monotonic() - began:.0f} s in all.")
    if options.json:
        result = {
            "machine": where,
            "figures": [figure.as_json() for figure in figures],
            "capacity": held.as_json() if held else None,
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks sts", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each part once and tiny, to see that it runs")
    parser.add_argument("--no-capacity", action="store_true", help="leave out how many streams fit")
    parser.add_argument("--no-floor", action="store_true", help="leave out the models without weights")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures there")
    return parser.parse_args(arguments)


async def _measure(plan: Plan, options: argparse.Namespace) -> tuple[list[Figure], Held | None]:
    """Each table is printed as soon as it is known."""
    figures: list[Figure] = []
    figures += _shown(
        "Around the engines, a fragment of 6 s", [*await around(plan.around), *pieces(plan.around)]
    )
    measured, absent = list[Figure](), list[str]()
    async for each in stages(plan.stage_rounds):
        if isinstance(each, str):
            absent.append(each)
        else:
            measured += each.figures()
    figures += _shown("The engines of this machine, a fragment of 6 s", measured)
    print("\n".join(f"- {line}" for line in absent), end="\n\n", flush=True)
    if not options.no_floor:
        figures += _shown("Recognition without weights", _floor(quick=options.quick))
    held = None
    with running(service(*EMBEDDED, "--max-load=0")) as one:
        rounds = [
            await answered(one, text, plan.chain_fragments, f"chain-{number}")
            for number, text in enumerate((TEXTS * plan.chain_rounds)[: plan.chain_rounds + 1])
        ][1:]
        figures += _shown("Dubbed by the embedded engines, a fragment of 6 s", _chain(rounds))
        if not options.no_capacity:
            held = await hold(one, plan.ramp, min(each.cpu_ms for each in rounds) / 1000)
    return figures, held


def _chain(rounds: Sequence[Round]) -> list[Figure]:
    all_ms = [trip for each in rounds for trip in each.trips_ms]
    return [
        Figure("fragment to result: p50", "ms", [percentile(each.trips_ms, 50) for each in rounds]),
        Figure("fragment to result: p95", "ms", [percentile(all_ms, 95)], wanted=Wanted(P95_WANTED_MS)),
        Figure("CPU", "ms", [each.cpu_ms for each in rounds]),
    ]


def _floor(*, quick: bool) -> list[Figure]:
    if find_spec(FLOOR) is None:
        return []
    return list(import_module(FLOOR).figures(quick))


def _shown(title: str, figures: Sequence[Figure]) -> Sequence[Figure]:
    if figures:
        print(f"### {title}\n\n{table(figures, beside=None)}\n", flush=True)
    return figures
