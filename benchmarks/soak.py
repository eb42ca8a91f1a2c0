"""Runs the whole system for hours and fails if anything drifts or grows: `make soak HOURS=n STREAMS=4`.

Publishers, a media server with hooks, `livedub serve` with its workers, services that dub, the media server;
a recorder listens to each stream in turn. What is measured of the output comes from what it took down.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.report import machine
from benchmarks.soak_house import Stage, on_air
from benchmarks.soak_look import Look
from benchmarks.soak_samples import WARM_UP, WARM_UP_HOURS, Heard, Row, Sample, verdicts
from benchmarks.soak_streams import Listened
from benchmarks.worker_stage import versions

EVERY_S = 60.0
SETTLED_S = 12.0
"""Once all that is buffered has gone out once, what comes is what stays."""
COLUMNS = (
    "hours", "stream", "delay, ms", "A/V offset, ms", "longest pause, ms", "least margin, ms", "dubbed",
    "fallbacks", "its worker: own MB", "files", "threads", "tasks", "series",
)  # fmt: skip
SLOPES = ("an hour", "first", "last", "slope", "surely between", "at most", "")


def main(arguments: Sequence[str]) -> int:
    given = _options(arguments)
    # Told to end, it ends in order what it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"## Soak\n\n{machine(versions())}\n\n{_head(COLUMNS)}", flush=True)
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        troubles = _run(Path(folder), given, samples)
    rows, drifts = verdicts(samples)
    print(
        f"\nLeft out of the slopes: the first {WARM_UP_HOURS * 60:.0f} min, or {WARM_UP:.0%} of the time.\n"
    )
    print(_head(SLOPES))
    print("\n".join(map(str, rows)), flush=True)
    for trouble in [*troubles, *drifts]:
        print(f"soak failed: {trouble}", file=sys.stderr)
    if given.json:
        _write(given.json, samples, rows, [*troubles, *drifts])
    return 1 if troubles or drifts else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("hours", type=float)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument(
        "--embedded", type=int, help="dubbed by engines; as a rule one, where there are two or more"
    )
    parser.add_argument("--from-hours", type=float, default=0.0, help="where the sources' clocks begin")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    given = parser.parse_args(arguments)
    if given.embedded is None:
        given.embedded = min(1, given.streams - 1)
    if not 0 < given.hours <= 10_000:
        parser.error("HOURS is more than 0")
    if not 0 <= given.embedded <= given.streams <= 100 or given.streams < 1:
        parser.error("STREAMS is 1 to 100, and no more are embedded")
    return given


def _run(folder: Path, given: argparse.Namespace, samples: list[Sample]) -> list[str]:
    """Fills `samples`; returns what went wrong beside a drift."""
    try:
        with on_air(folder, given.streams, given.embedded, round(given.from_hours * 3_600_000)) as stage:
            time.sleep(SETTLED_S)
            troubles = _watch(stage, folder, given.hours * 3600, samples)
            return troubles + stage.stop()
    except KeyboardInterrupt:
        return ["interrupted"]
    except (OSError, RuntimeError, TimeoutError) as problem:
        return [f"the system did not come on air: {problem}"]


def _watch(stage: Stage, folder: Path, seconds: float, samples: list[Sample]) -> list[str]:
    look = Look(stage)
    streams = [Listened(channel, folder) for channel in stage.channels]
    troubles: list[str] = []
    due = began = time.monotonic()
    try:
        while due < began + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + min(EVERY_S, seconds / 15), time.monotonic())
            hours = (time.monotonic() - began) / 3600
            heard: dict[str, Heard] = {}
            for stream in streams:
                heard[stream.name], wrong = stream.sample()
                troubles += [f"at {hours:.3f} h: {stream.name}: {one}" for one in wrong]
            samples.append(Sample(hours, heard, look.held(), look.disk_mb()))
            print("\n".join(_rows(samples[-1])), flush=True)
            troubles += [f"at {hours:.3f} h: {one}" for one in look.troubles]
            look.troubles.clear()
    except KeyboardInterrupt:
        troubles.append("interrupted")
    except (OSError, RuntimeError) as problem:
        troubles.append(f"at {(time.monotonic() - began) / 3600:.3f} h: {problem}")
    return troubles


def _head(columns: Sequence[str]) -> str:
    return f"| {' | '.join(columns)} |\n|{' --: |' * len(columns)}"


def _rows(sample: Sample) -> list[str]:
    rows = []
    for name, heard in sample.streams.items():
        held = sample.processes.get(f"worker {name}")
        own = [held.unique_mb, held.files, held.threads, held.tasks, held.series] if held else [None] * 5
        values = [
            heard.delay_ms, heard.av_offset_ms, heard.longest_pause_ms, heard.least_margin_ms,
            heard.dubbed, heard.fallbacks, *own,
        ]  # fmt: skip
        cells = [
            "-" if one is None else f"{one:.1f}" if isinstance(one, float) else str(one) for one in values
        ]
        rows.append(f"| {sample.hours:.3f} | {name} | {' | '.join(cells)} |")
    return rows


def _write(file: Path, samples: Sequence[Sample], rows: Sequence[Row], failures: Sequence[str]) -> None:
    told = {
        "machine": machine(versions()),
        "failures": list(failures),
        "slopes": [
            {**asdict(row), "slope": row.slope.value, "least": row.slope.least, "most": row.slope.most}
            for row in rows
        ],
        "samples": [asdict(sample) for sample in samples],
    }
    file.write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
