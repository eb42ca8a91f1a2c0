"""`make bench sts` works, however roughly; and what it concludes from is so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import sts_capacity
from benchmarks.service import Kind, Service
from benchmarks.sts_capacity import Ramp, Step, hold

TREE = Path(__file__).resolve().parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
RAMP = Ramp(first_share=0.5, step_share=0.3, fragments=1, most_streams=40, longest_s=60)


@pytest.mark.slow
@pytest.mark.timeout(290)
def test_the_quick_sts_benchmark_prints_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "sts", "--quick", "--no-floor", f"--json={file}"]
    done = subprocess.run(command, cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text())
    figures = {figure["what"]: figure for figure in result["figures"]}
    assert figures["m4a in and out, engines that take no time: p50"]["wanted"] == "at most 40"
    assert sum(what.startswith("of it: ") for what in figures) == 6
    for engine in ("asr: pocketsphinx", "translation: apertium", "tts: espeak"):
        ours = [figure for what, figure in figures.items() if what.startswith(engine)]
        assert [figure["unit"] for figure in ours] == ["ms", "ms", "times 6 s"]
    assert figures["fragment to result: p95"]["ours"] > 0
    assert all(figure["ours"] > 0 for what, figure in figures.items() if "CPU" not in what)
    assert result["capacity"]["steps"][0]["answers"] == 2
    assert "## STS" in done.stdout
    assert "in real time on" in done.stdout


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        (Step(4, 0.9, 0, 16, 6.0), None),
        (Step(4, 0.9, 1, 16, 3.0), "1 of 16 fragments failed"),
        (Step(4, 0.9, 0, 16, 6.01), "answered after 6.0 s"),
    ],
)
def test_a_number_of_streams_is_held_only_without_any_trouble(step: Step, trouble: str | None) -> None:
    assert (step.trouble or "None").find(trouble or "None") >= 0


@pytest.mark.parametrize(
    ("limit", "tried"),
    [
        (0, [5, 2, 1]),
        (4, [5, 2, 3, 4]),
        (7, [5, 8, 6, 7]),
        (9, [5, 8, 11, 9, 10]),
    ],
)
async def test_the_limit_is_found_upwards_and_then_by_halves(
    limit: int, tried: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    async def step(service: Service, streams: int, fragments: int) -> Step:
        seen.append(streams)
        return Step(streams, 0.5, 0, streams, 3.0 if streams <= limit else 9.0)

    monkeypatch.setattr(sts_capacity, "_step", step)
    monkeypatch.setattr("psutil.cpu_count", lambda: 2)
    nobody = Service(Kind("nobody", lambda port: []), 0, 0.0, None)  # type: ignore[arg-type]
    held = await hold(nobody, RAMP, cpu_s_a_fragment=1.2)
    assert seen == tried
    assert held.streams == limit
    assert f"**{limit} streams**" in held.told()
