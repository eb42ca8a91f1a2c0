"""Runs one worker for hours and fails if anything drifts or grows: `make soak HOURS=n`, also 0.1.

RTMP server, worker with its default settings, echo service, RTMP server; every minute a recorder listens for
a while. Delay and A/V offset are measured from what it took down, the rest is the worker's own.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks.report import machine
from benchmarks.service import OURS, running
from benchmarks.soak_samples import COLUMNS, Sample, row, verdicts
from benchmarks.soak_window import Ear, Heard
from benchmarks.worker_stage import RtmpServer, Source, Worker, on_stage, versions
from benchmarks.worker_usage import memory, open_files, threads

DELAY_S = 12.0
EVERY_S = 60.0
LISTEN_S = 10.0
TURN_S = 48


def main(arguments: Sequence[str]) -> int:
    given = _options(arguments)
    seconds = given.hours * 3600
    print(
        f"## Soak\n\n{machine(versions())}\n\n| {' | '.join(COLUMNS)} |\n|{' --: |' * len(COLUMNS)}",
        flush=True,
    )
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        troubles = _run(Path(folder), seconds, round(given.from_hours * 3_600_000), samples)
    rows, drifts = verdicts(samples)
    print("\n| an hour | slope | surely between | at most |  |\n| --- | --: | --: | --: | --- |")
    print("\n".join(rows), flush=True)
    for trouble in [*troubles, *drifts]:
        print(f"soak failed: {trouble}", file=sys.stderr)
    if given.json:
        given.json.write_text(json.dumps([asdict(sample) for sample in samples], indent=2) + "\n")
    return 1 if troubles or drifts else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("hours", type=float)
    parser.add_argument("--from-hours", type=float, default=0.0, help="where the source's clock begins")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    given = parser.parse_args(arguments)
    if not 0 < given.hours <= 10_000:
        parser.error("HOURS is more than 0")
    return given


def _run(folder: Path, seconds: float, first_ms: int, samples: list[Sample]) -> list[str]:
    """Fills `samples`; returns what went wrong beside a drift."""
    with ExitStack() as stack:
        echo = stack.enter_context(running(OURS))
        server = stack.enter_context(RtmpServer(folder))
        into, out = server.url("in"), server.url("out")
        source = Source(folder, into, seconds=TURN_S, hd=False, first_ms=first_ms)
        worker = Worker(folder, "soak", into, out, echo_port=echo.port)
        stack.enter_context(on_stage(source, worker))
        worker.wait_for(worker.on_air, "media at the output", DELAY_S + 40)
        # Once all that is buffered has gone out once, what comes is what stays.
        time.sleep(DELAY_S)
        troubles = _watch(worker, Ear(source, out, folder), seconds, samples)
        ended = worker.stop(DELAY_S + 10)
        if ended:
            troubles.append(f"asked to stop, the worker ended with {ended}")
    return troubles


def _watch(worker: Worker, ear: Ear, seconds: float, samples: list[Sample]) -> list[str]:
    troubles: list[str] = []
    slots = Slots(worker)
    every_s = min(EVERY_S, max(LISTEN_S + 2, seconds / 15))
    due = began = time.monotonic()
    try:
        while due < began + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + every_s, time.monotonic())
            if not worker.running:
                return [*troubles, f"the worker ended: {worker.output()[-1500:]}"]
            try:
                samples.append(_sample(worker, ear.listen(LISTEN_S), slots, began))
                print(row(samples[-1]), flush=True)
            except (RuntimeError, TimeoutError, ValueError) as problem:
                troubles.append(f"at {(time.monotonic() - began) / 3600:.3f} h: {problem}")
    except KeyboardInterrupt:
        troubles.append("interrupted")
    return troubles


def _sample(worker: Worker, heard: Heard, slots: "Slots", began: float) -> Sample:
    least_margin_ms, fallbacks = slots.passed()
    return Sample(
        (time.monotonic() - began) / 3600,
        heard.delay_ms,
        heard.av_offset_ms,
        heard.longest_pause_ms,
        least_margin_ms,
        fallbacks,
        memory(worker.pid).resident,
        open_files(worker.pid),
        threads(worker.pid),
    )


class Slots:
    """What the worker's log tells of its slots, bit by bit."""

    def __init__(self, worker: Worker) -> None:
        self._log, self._read = worker.log, worker.log.stat().st_size

    def passed(self) -> tuple[float, int]:
        """Since the last time: the least margin, NaN where there was none, and the fallbacks."""
        with self._log.open(errors="replace") as log:
            log.seek(self._read)
            told = log.read()
            self._read = log.tell()
        margins = [float(found) for found in re.findall(r'"marginMs":(-?[\d.]+)', told)]
        return min(margins, default=float("nan")), told.count('"message":"slot fallback"')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
