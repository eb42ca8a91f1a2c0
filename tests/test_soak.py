"""`make soak` works, however short; and it finds what drifts, grows, ends or is replaced."""

import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.soak_look import Look
from benchmarks.soak_samples import LOGS_MB, Heard, Held, Sample, verdicts
from benchmarks.soak_slopes import slope
from benchmarks.soak_streams import Slots

TREE = Path(__file__).resolve().parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_soak_of_some_seconds_samples_everything_and_fails_nothing(tmp_path: Path) -> None:
    file = tmp_path / "samples.json"
    command = [sys.executable, "-m", "benchmarks.soak", "0.003", "--streams", "2", f"--json={file}"]
    done = subprocess.run(command, cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    told = json.loads(file.read_text())
    assert told["failures"] == []
    sample = told["samples"][0]
    assert sample["streams"].keys() == {"live-1", "talk-2"}
    assert all(heard["delay_ms"] == pytest.approx(9000, abs=500) for heard in sample["streams"].values())
    assert abs(sample["streams"]["live-1"]["av_offset_ms"]) < 5
    held = sample["processes"]
    assert held.keys() >= {
        "media server",
        "echo service",
        "live: serve",
        "live: orchestrator",
        "worker live-1",
    }
    assert held.keys() >= {"talk: speech service", "talk: engines 1", "worker talk-2"}
    assert all(one["unique_mb"] > 1 and one["files"] > 3 and one["threads"] > 0 for one in held.values())
    telling = ("echo service", "live: orchestrator", "talk: speech service", "worker live-1")
    assert all(held[name]["tasks"] > 0 and held[name]["series"] > 10 for name in telling)
    assert sample["disk_mb"]["live: previews"] > 0


STEADY: dict[str, float] = {
    "delay_ms": 9000.0, "av_offset_ms": 0.0, "muxed_av_ms": 0.0,
    "unique_mb": 70.0, "files": 20, "threads": 13, "tasks": 30, "series": 80,
    "disk: previews": 9.0, "disk: logs": 1.0,
}  # fmt: skip
NOISE = {"delay_ms": 5.0, "av_offset_ms": 0.3, "unique_mb": 0.2, "disk: previews": 2.0}


def samples(an_hour: dict[str, float] | None = None, count: int = 60) -> list[Sample]:
    """One a minute with some noise; `an_hour`: by how much something grows."""
    dice = random.Random(3)
    found: list[Sample] = []
    for minute in range(count):
        hours = minute / 60
        now = {
            name: value + (an_hour or {}).get(name, 0) * hours + NOISE.get(name, 0) * dice.uniform(-1, 1)
            for name, value in STEADY.items()
        }
        heard = Heard(now["delay_ms"], now["av_offset_ms"], 90.0, 2800.0, 10, 0, now["muxed_av_ms"])
        counted = (int(now[name]) for name in ("files", "threads", "tasks", "series"))
        held = Held(now["unique_mb"], 80.0, 90.0, *counted)
        steady = Held(10.0, 12.0, 20.0, 9, 1, None, None)
        disk = {"live: previews": now["disk: previews"], "live: logs": now["disk: logs"]}
        found.append(Sample(hours, {"a": heard}, {"worker a": held, "media server": steady}, disk))
    return found


def drifted(found: list[Sample]) -> list[str]:
    return [drift.rpartition(":")[0] for drift in verdicts(found)[1]]


def test_what_stays_as_it_is_has_not_drifted() -> None:
    rows, drifts = verdicts(samples())
    assert drifts == []
    assert {row.verdict for row in rows if row.limit != math.inf} == {"held"}


@pytest.mark.parametrize(
    ("what", "an_hour", "name"),
    [
        ("delay_ms", 60, "a: delay"),
        ("delay_ms", -60, "a: delay"),
        ("av_offset_ms", 55, "a: A/V offset"),
        ("av_offset_ms", -55, "a: A/V offset"),
        ("muxed_av_ms", -55, "a: A/V at its muxer"),
        ("unique_mb", 6, "worker a: memory of its own"),
        ("files", 12, "worker a: open files"),
        ("threads", 12, "worker a: threads"),
        ("tasks", 12, "worker a: tasks"),
        ("series", 120, "worker a: label series"),
        ("disk: previews", 20, "disk, live: previews"),
    ],
)
def test_each_quantity_that_drifts_fails_the_soak(what: str, an_hour: float, name: str) -> None:
    assert drifted(samples({what: an_hour})) == [name]


def test_what_sinks_is_no_leak() -> None:
    sinking: dict[str, float] = {
        "unique_mb": -20,
        "files": -6,
        "threads": -6,
        "tasks": -6,
        "series": -6,
        "disk: previews": -5,
    }
    assert drifted(samples(sinking)) == []


def test_logs_may_grow_as_far_as_their_bound() -> None:
    assert drifted(samples({"disk: logs": 20})) == []
    assert drifted(samples({"disk: logs": 2.2 * LOGS_MB})) == ["live: logs"]


def _with_held(one: Sample, **fields: Any) -> Sample:
    worker = replace(one.processes["worker a"], **fields)
    return replace(one, processes={**one.processes, "worker a": worker})


def test_one_step_up_is_no_leak() -> None:
    stepped = [_with_held(one, unique_mb=80.0 if n > 35 else 70.0) for n, one in enumerate(samples())]
    assert drifted(stepped) == []


def test_a_file_or_a_thread_more_now_and_then_is_a_leak() -> None:
    stepped = [_with_held(one, threads=13 + n // 20, files=20 + n // 15) for n, one in enumerate(samples())]
    assert drifted(stepped) == ["worker a: open files", "worker a: threads"]


def test_a_label_that_is_met_late_is_no_leak() -> None:
    stepped = [_with_held(one, series=200 + n // 30) for n, one in enumerate(samples())]
    assert drifted(stepped) == []


def test_the_warm_up_does_not_count() -> None:
    found = samples(count=120)
    warming = [_with_held(one, unique_mb=50.0 + n * 5) for n, one in enumerate(found[:11])]
    assert drifted([*warming, *found[12:]]) == []


@pytest.mark.parametrize("count", [0, 1, 2, 12, 14])
def test_too_few_samples_tell_nothing_and_fail_nothing(count: int) -> None:
    rows, drifts = verdicts(samples({"unique_mb": 1000}, count))
    assert drifts == []
    assert all(row.verdict in ("too short to tell", "") for row in rows)


def test_a_stream_that_was_not_heard_for_a_while_is_judged_by_the_rest() -> None:
    found = [
        replace(one, streams={"a": replace(one.streams["a"], delay_ms=None)}) if 20 < n < 30 else one
        for n, one in enumerate(samples({"delay_ms": 60}))
    ]
    assert drifted(found) == ["a: delay"]


def test_a_slope_lies_between_its_bounds_whatever_one_outlier_says() -> None:
    hours = [n / 60 for n in range(30)]
    values = [7 * hour + (1000 if n == 29 else 0) + n % 3 * 0.01 for n, hour in enumerate(hours)]
    found = slope(hours, values)
    assert found.least <= found.value <= found.most
    assert math.isclose(found.value, 7, rel_tol=0.05)


class Scripted:
    """A system of one program, which a test ends or replaces."""

    def __init__(self, start: Callable[[], psutil.Process]) -> None:
        self.channels: list[Any] = []
        self.houses: list[Any] = []
        self.one = start()

    def processes(self) -> dict[str, psutil.Process]:
        return {"worker a": self.one} if self.one.is_running() else {}


@contextmanager
def sleepers() -> Iterator[Callable[[], psutil.Process]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> psutil.Process:
        started.append(subprocess.Popen(["sleep", "60"]))
        return psutil.Process(started[-1].pid)

    try:
        yield start
    finally:
        for one in started:
            one.kill()
            one.wait(10)


def test_a_process_that_ends_is_named() -> None:
    with sleepers() as start:
        system = Scripted(start)
        look = Look(system)  # type: ignore[arg-type]
        assert look.held().keys() == {"worker a"}
        assert look.troubles == []
        system.one.kill()
        system.one.wait(10)
        assert look.held() == {}
        assert look.troubles == ["worker a has ended"]


def test_a_process_in_another_s_place_is_named() -> None:
    with sleepers() as start:
        system = Scripted(start)
        look = Look(system)  # type: ignore[arg-type]
        system.one = start()
        assert look.held().keys() == {"worker a"}
        assert look.troubles == ["worker a was replaced by another"]


def test_slots_are_read_bit_by_bit_also_from_a_log_that_began_anew(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text('{"message": "slot dubbed", "marginMs": 1}\n')
    slots = Slots(log)
    with log.open("a") as file:
        file.write('{"message": "slot dubbed", "marginMs": 2810.5}\n{"message": "slot fallback"}\n')
        file.write('{"message": "a dub came too late", "marginMs": -12}\n{"message":"slot partial"}\n')
    assert slots.passed() == (2, 1, -12)
    assert slots.passed() == (0, 0, None)
    log.write_text('{"message": "slot dubbed", "marginMs": 7}\n')
    assert slots.passed() == (1, 0, 7)
