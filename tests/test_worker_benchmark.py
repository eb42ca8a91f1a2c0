"""`make bench worker` works, however roughly; and what it concludes from is so."""

import json
import os
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read

from benchmarks.worker_capacity import Held, Step
from benchmarks.worker_source import Loop, programme

TREE = Path(__file__).resolve().parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_the_quick_worker_benchmark_prints_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "worker", "--quick", f"--json={file}"]
    done = subprocess.run(command, cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True, timeout=140)
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text())
    compared = [figure["what"] for figure in result["figures"] if figure["ratio"]]
    assert sum("CPU" in what for what in compared) == 3
    assert all(figure["ours"] > 0 for figure in result["figures"] if figure["ratio"])
    assert sum(figure["wanted"] != "" for figure in result["figures"]) == 11
    assert result["capacity"]["steps"][0]["dubbed"] + result["capacity"]["steps"][0]["fallbacks"] > 0
    assert "## Worker" in done.stdout
    assert "dubbed in real time" in done.stdout


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        (Step(4, 0.9, 0, 40, 190.0), None),
        (Step(4, 0.96, 0, 40, 190.0), "processor"),
        (Step(4, 0.5, 1, 39, 190.0), "fell back"),
        (Step(4, 0.5, 0, 40, 201.0), "paused"),
    ],
)
def test_a_number_of_streams_is_held_only_without_any_trouble(step: Step, trouble: str | None) -> None:
    assert (step.trouble or "None").find(trouble or "None") >= 0
    assert Held([step], "").streams == (4 if trouble is None else 0)


def test_the_source_goes_on_without_a_seam(tmp_path: Path) -> None:
    """Three turns, read as one stream: both tracks keep their step, and nothing comes twice."""
    file = generate(tmp_path / "turn.flv", programme(seconds=8, hd=False))
    loop = Loop(file.read_bytes(), 8000)
    turn = read(file, pictures=False, sound=False)
    tags = list(takewhile(lambda tag: tag[0] < 24_000, loop.forever(first_ms=5000)))
    assert [due for due, _ in tags] == sorted(due for due, _ in tags)
    assert tags[0][0] == 0
    joined = tmp_path / "joined.flv"
    joined.write_bytes(loop.head + b"".join(data for _, data in tags))
    media = read(joined)
    assert media.of("video")[0].pts_ns - turn.of("video")[0].pts_ns == 5_000_000_000
    for kind, length_ms in (("video", 1000 / 30), ("audio", 1024 / 48)):
        stamps = [packet.dts_ns or 0 for packet in media.of(kind)]  # type: ignore[arg-type]
        assert len(stamps) == pytest.approx(24_000 / length_ms, abs=3)
        for number, stamp in enumerate(stamps):
            assert stamp / 1e6 == pytest.approx(stamps[0] / 1e6 + number * length_ms, abs=1.01)
    assert len({packet.data for packet in media.of("video")}) == 240
    assert media.undecodable == {}
