"""As many streams as the machine bears, and more: where it breaks, how, what one too many does to others.

Engines first without a limit, then as the service comes, which refuses the stream that is one too many; then
workers that dub by the echo service, whole.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import uvloop

from benchmarks.load_crowd import Crowd, Watch, crowd
from benchmarks.load_ramp import Ramp, Step, heard, ramp
from benchmarks.report import machine
from benchmarks.service import running
from benchmarks.sts_around import service
from benchmarks.worker_capacity import FULL_RAMP, QUICK_RAMP, hold
from benchmarks.worker_stage import versions

EMBEDDED = ("--asr-engine=pocketsphinx", "--translation-engine=apertium", "--tts-engine=espeak")
CPU_S_A_MINUTE = 3.0
"""Of a worker, from which the steps go."""
RAMP = replace(FULL_RAMP, first_share=0.1, step_share=0.1, longest_s=240)
"""Begins low, where others work on the machine too."""


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    where = machine(versions())
    print(f"## Load\n\n{where}\n", flush=True)
    told: dict[str, object] = {"machine": where}
    began = time.monotonic()
    if options.only in (None, "engines"):
        steps, held = uvloop.run(_engines(quick=options.quick))
        told |= {"engines": [asdict(step) for step in steps], "crowd": asdict(held)}
    if options.only in (None, "workers"):
        with tempfile.TemporaryDirectory(prefix="load-") as folder:
            most = hold(QUICK_RAMP if options.quick else RAMP, Path(folder), CPU_S_A_MINUTE)
        print(f"### Workers that dub by the echo service\n\n{most.told()}\n", flush=True)
        told["workers"] = most.as_json()
    print(f"{time.monotonic() - began:.0f} s in all.")
    if options.json:
        options.json.write_text(json.dumps(told, indent=2) + "\n")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks load", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each part tiny, to see that it runs")
    parser.add_argument("--only", choices=("engines", "workers"), help="this part alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found there")
    return parser.parse_args(arguments)


async def _engines(*, quick: bool) -> tuple[list[Step], Crowd]:
    print("### The embedded engines, any number of streams let in (`MAX_LOAD=0`)\n", flush=True)
    steps: list[Step] = []
    with running(service(*EMBEDDED, "--max-load=0")) as one, heard(one):
        print(Step.HEAD, flush=True)
        async for step in ramp(one, Ramp.quick() if quick else Ramp()):
            steps.append(step)
            print(step, flush=True)
    print("\n### The embedded engines, as the service comes\n", flush=True)
    with running(service(*EMBEDDED)) as one, heard(one):
        watch = Watch(seconds=12, turns=1) if quick else Watch()
        held = await crowd(one, watch, most=2 if quick else 60)
    print(f"{held}\n", flush=True)
    return steps, held
