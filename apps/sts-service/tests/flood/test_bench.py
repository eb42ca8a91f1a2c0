"""`make bench` works: its quick form measures everything, however roughly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flood.service import environment

TREE = Path(__file__).resolve().parents[4]


@pytest.mark.slow
def test_the_quick_echo_benchmark_prints_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "echo", "--quick", f"--json={file}"]
    done = subprocess.run(command, cwd=TREE, env=environment(), capture_output=True, text=True, timeout=55)
    assert done.returncode == 0, done.stderr
    figures = json.loads(file.read_text())["figures"]
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) == len(figures) + 2
    assert {figure["what"] for figure in figures if figure["wanted"]} == {
        "start, exec to /ready",
        "idle memory, RSS",
        "2 streams x 3, 100 KB: CPU a fragment",
        "2 streams x 3, 770 KB: CPU a fragment",
        "4 streams at 1/s, 100 KB: ack p99",
    }
    # Processor time is counted in steps of 10 ms, more than a tiny round takes.
    timed = [figure for figure in figures if "CPU" not in figure["what"]]
    assert all(figure["ours"] > 0 and figure["node"] > 0 for figure in timed)
