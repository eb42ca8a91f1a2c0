"""`make bench worker` and `make soak` work, however roughly; and what they conclude from is so."""

import json
import math
import os
import random
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read

from benchmarks.soak_samples import Sample, verdicts
from benchmarks.soak_slopes import slope
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


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_soak_of_some_seconds_samples_everything_and_fails_nothing(tmp_path: Path) -> None:
    file = tmp_path / "samples.json"
    command = [sys.executable, "-m", "benchmarks.soak", "0.003", f"--json={file}"]
    done = subprocess.run(command, cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    sample = json.loads(file.read_text())[0]
    assert sample["delay_ms"] == pytest.approx(12_000, abs=500)
    assert abs(sample["av_offset_ms"]) < 5
    assert sample["files"] > 5
    assert sample["threads"] > 1


def samples(an_hour: dict[str, float] | None = None, count: int = 60) -> list[Sample]:
    """One a minute with some noise; `an_hour`: by how much a field grows."""
    dice = random.Random(3)
    steady = {"delay_ms": 12_000.0, "av_offset_ms": 0.0, "resident_mb": 110.0, "files": 20, "threads": 30}
    noise = {"delay_ms": 5.0, "av_offset_ms": 0.3, "resident_mb": 0.2}
    found = []
    for minute in range(count):
        hours = minute / 60
        fields = {
            name: value + (an_hour or {}).get(name, 0) * hours + noise.get(name, 0) * dice.uniform(-1, 1)
            for name, value in steady.items()
        }
        fields["files"], fields["threads"] = int(fields["files"]), int(fields["threads"])
        found.append(Sample(hours=hours, longest_pause_ms=90, least_margin_ms=5900, fallbacks=0, **fields))  # type: ignore[arg-type]
    return found


def drifted(found: list[Sample]) -> list[str]:
    return [drift.partition(":")[0] for drift in verdicts(found)[1]]


def test_what_stays_as_it_is_has_not_drifted() -> None:
    rows, drifts = verdicts(samples())
    assert drifts == []
    assert all("held" in row for row in rows)


@pytest.mark.parametrize(
    ("field", "an_hour", "name"),
    [
        ("delay_ms", 60, "delay"),
        ("delay_ms", -60, "delay"),
        ("av_offset_ms", 55, "A/V offset"),
        ("av_offset_ms", -55, "A/V offset"),
        ("resident_mb", 6, "resident memory"),
        ("files", 12, "open files"),
        ("threads", 12, "threads"),
    ],
)
def test_each_quantity_that_drifts_fails_the_soak(field: str, an_hour: float, name: str) -> None:
    assert drifted(samples({field: an_hour})) == [name]


def test_what_sinks_is_no_leak() -> None:
    assert drifted(samples({"resident_mb": -20, "files": -6, "threads": -6})) == []


def test_one_step_up_is_no_leak() -> None:
    found = samples()
    stepped = [
        Sample(**{**{name: getattr(one, name) for name in Sample.__slots__}, "threads": 31 if n > 30 else 30})
        for n, one in enumerate(found)
    ]
    assert drifted(stepped) == []


def test_the_warm_up_does_not_count() -> None:
    found = samples(count=120)
    warming = [
        Sample(**{**{name: getattr(one, name) for name in Sample.__slots__}, "resident_mb": 50.0 + n * 5})
        for n, one in enumerate(found[:11])
    ]
    assert drifted([*warming, *found[11:]]) == []


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_too_few_samples_tell_nothing_and_fail_nothing(count: int) -> None:
    rows, drifts = verdicts(samples({"resident_mb": 1000}, count))
    assert drifts == []
    assert all("too short" in row for row in rows)


def test_a_slope_lies_between_its_bounds_whatever_one_outlier_says() -> None:
    hours = [n / 60 for n in range(30)]
    values = [7 * hour + (1000 if n == 29 else 0) + n % 3 * 0.01 for n, hour in enumerate(hours)]
    found = slope(hours, values)
    assert found.least <= found.value <= found.most
    assert math.isclose(found.value, 7, rel_tol=0.05)


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
