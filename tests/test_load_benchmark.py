"""`make bench load` works; and the service that dubs bears one stream too many without harm to the others."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sts_service.full import FullServer
from sts_service.testing.fakes import synthesizer, transcriber, translator
from sts_service.testing.script import Script

from benchmarks.load_crowd import Span, Watch, crowd
from benchmarks.load_ramp import heard, within
from benchmarks.service import running
from benchmarks.sts_around import service

TREE = Path(__file__).resolve().parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
EMBEDDED = ("--asr-engine=pocketsphinx", "--translation-engine=apertium", "--tts-engine=espeak")


def test_a_span_tells_how_many_were_in_time() -> None:
    assert within([1.0, 2.9, 3.1, 7.0], 3.0) == 0.5
    assert Span.of([1.0, 2.9, 3.1, 7.0]) == Span(4, 0.5, 0.75, 7.0)
    assert Span.of([]) == Span(0, 0.0, 0.0, 0.0)


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_the_quick_load_benchmark_prints_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "load", "--quick", f"--json={file}"]
    done = subprocess.run(command, cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True, timeout=270)
    assert done.returncode == 0, done.stderr
    told = json.loads(file.read_text())
    assert told["engines"][0]["streams"] == 1
    assert told["engines"][0]["load"] > 0
    assert told["crowd"]["admitted"] >= 1
    assert told["workers"]["steps"]
    for title in ("## Load", "any number of streams let in", "as the service comes", "Workers that dub"):
        assert title in done.stdout


class Place(NamedTuple):
    """Where a service listens, for `crowd`."""

    port: int


def known_cost() -> dict[Any, Any]:
    """Engines that compute nothing: a fragment has one of two transcribers for 1.5 s, whatever else runs."""
    slow = transcriber(Script(takes_s=(1.5, 1.5), says=("a sentence",)), home="loop", concurrency=2)
    tried = replace(slow, card=replace(slow.card, kind="embedded"))
    return {
        "asr": tried,
        "translation": translator(Script(), home="loop"),
        "tts": synthesizer(Script(), home="loop"),
    }


@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_one_stream_too_many_harms_none_of_those_that_run() -> None:
    """It is refused until another leaves; those that run are answered as before, again and again."""
    async with FullServer(engines=known_cost()) as server:
        held = await crowd(Place(server.port), Watch(seconds=24, turns=1), most=20)  # type: ignore[arg-type]
    assert held.refusal is not None
    assert held.admitted in (5, 6, 7), "each takes an eighth, and 0.8 is allowed"
    assert f"{held.admitted} streams run" in held.refusal
    assert held.refused >= 5
    assert held.in_after_s is not None
    assert held.after.sent >= 3 * held.admitted
    assert (held.before.in_6_s, held.after.in_6_s) == (1.0, 1.0), held
    assert held.after.p95_s <= held.before.p95_s + 1.5, held


@pytest.mark.slow
@pytest.mark.timeout(280)
async def test_so_it_is_with_the_embedded_engines_on_this_machine() -> None:
    """Where others work on it meanwhile, how many there are sways, and one more may be let in later."""
    with running(service(*EMBEDDED)) as one, heard(one):
        held = await crowd(one, Watch(seconds=24, turns=2), most=60)
    assert held.refusal is not None
    assert f"{held.admitted} stream" in held.refusal
    assert held.before.sent >= held.admitted
    assert held.after.in_6_s >= held.before.in_6_s - 0.1, held
    assert held.after.p95_s <= held.before.p95_s * 1.5 + 0.5, held
