"""The media worker beside ffmpeg relays of the same 720p30 stream at the same time, and how many fit."""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from media_service.testmedia.arrivals import arrived
from media_service.testmedia.media import read
from media_service.testmedia.program import Program
from media_service.testmedia.recorder import Recorder

from benchmarks.report import Figure, Wanted, machine, table
from benchmarks.service import OURS, running
from benchmarks.worker_capacity import FULL_RAMP, QUICK_RAMP, Held, Ramp, hold
from benchmarks.worker_stage import AAC, COPY, Relay, RtmpServer, Source, Worker, on_stage, versions
from benchmarks.worker_usage import Memory, cpu_s, memory

DUBBING, PAUSE, PASSTHROUGH = "dubbing", "dubbing, cut at pauses", "passthrough"
FFMPEG_AAC, FFMPEG_COPY = "ffmpeg -c:v copy -c:a aac", "ffmpeg -c copy"
BESIDE = {DUBBING: FFMPEG_AAC, PAUSE: FFMPEG_AAC, PASSTHROUGH: FFMPEG_COPY}
CPU_WANTED = {DUBBING: Wanted(1.25, of_other=True), PASSTHROUGH: Wanted(3, of_other=True)}
PEAK_WANTED_MB = {DUBBING: 120, PAUSE: 180, PASSTHROUGH: 120}
FIRST_WANTED_S = 1.5
GROWTH_WANTED_MB = 2
"""From the first window to the last: what still counts as flat."""
CONNECTED_S = 4.0
"""From the start of the workers until the source begins."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything."""

    seconds: int
    """Of the programme, which is sent over and over."""
    settings: dict[str, object]
    """Other than the worker's default ones."""
    delay_s: float
    settle_s: float
    """From the first packets out to the first window."""
    windows: int
    window_s: float
    ramp: Ramp


FULL = Plan(24, {}, 12.0, settle_s=15, windows=4, window_s=25, ramp=FULL_RAMP)
QUICK = Plan(
    8,
    {"segment_duration": 2, "segment_min": 1.2, "av_offset_ms": 1000},
    3.0,
    settle_s=1.5,
    windows=2,
    window_s=2,
    ramp=QUICK_RAMP,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one program showed, window by window."""

    cpu_s_a_minute: list[float]
    memory: list[Memory]


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    plan = QUICK if options.quick else FULL
    where = machine(versions())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        figures, dubbing_cpu = _side_by_side(plan, Path(folder))
        print(f"## Worker\n\n{where}\n\n{table(figures, 'ffmpeg')}\n", flush=True)
        held = None
        if not options.no_capacity:
            held = hold(plan.ramp, Path(folder), dubbing_cpu)
            print(held.told(), "\n")
    took_s = time.monotonic() - began
    print(f"Medians of {plan.windows} windows of {plan.window_s:g} s, all at once; {took_s:.0f} s in all.")
    if options.json:
        _write(options.json, where, figures, held)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks worker", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each part once and tiny, to see that it runs")
    parser.add_argument("--no-capacity", action="store_true", help="leave out how many fit")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every window's figures there")
    return parser.parse_args(arguments)


def _write(file: Path, where: str, figures: Sequence[Figure], held: Held | None) -> None:
    result = {
        "machine": where,
        "figures": [figure.as_json() for figure in figures],
        "capacity": held.as_json() if held else None,
    }
    file.write_text(json.dumps(result, indent=2) + "\n")


def _side_by_side(plan: Plan, folder: Path) -> tuple[list[Figure], float]:
    """The table, and the CPU seconds of a stream's minute of dubbing."""
    with running(OURS) as echo, RtmpServer(folder) as server:
        into = server.url("in")
        source = Source(folder, into, seconds=plan.seconds)

        def worker(name: str, short: str, **more: object) -> Worker:
            port = None if name == PASSTHROUGH else echo.port
            return Worker(folder, short, into, server.url(short), echo_port=port, **plan.settings, **more)

        workers = {
            DUBBING: worker(DUBBING, "dubbed"),
            PAUSE: worker(PAUSE, "paused", segment_mode="pause"),
            PASSTHROUGH: worker(PASSTHROUGH, "passed"),
        }
        relays = {
            FFMPEG_AAC: Relay(folder, "aac", into, server.url("aac"), AAC),
            FFMPEG_COPY: Relay(folder, "copy", into, server.url("copy"), COPY),
        }
        recorders = {
            name: Recorder(server.url(one.name), folder / f"{one.name}.recorded")
            for name, one in workers.items()
        }
        with on_stage(*relays.values(), *recorders.values(), *workers.values()):
            # All wait for the source at the server, so that what is timed is not a retry.
            time.sleep(CONNECTED_S)
            with source:
                for one in workers.values():
                    one.wait_for(one.on_air, "media at the output", plan.delay_s + 30)
                firsts = {name: _first_s(one, source) - plan.delay_s for name, one in recorders.items()}
                time.sleep(plan.settle_s)
                shown = _windows(plan, {**workers, **relays})
                _check(workers)
    return list(_figures(shown, firsts)), median(shown[DUBBING].cpu_s_a_minute)


def _first_s(recorder: Recorder, source: Source) -> float:
    """From the first packet of the source to the first that came out of the worker; the recorder ends."""

    def came() -> bool:
        # A file of a few bytes only cannot be read yet.
        with suppress(OSError, ValueError, IndexError):
            return bool(arrived(read(recorder.file, pictures=False, sound=False)))
        return False

    recorder.wait_for(came, "first packet at the recorder", 20)
    recorder.kill()
    first = arrived(read(recorder.file, pictures=False, sound=False))[0]
    return (first.at_ns - source.started_ns) / 1e9


def _windows(plan: Plan, programs: dict[str, Program]) -> dict[str, Shown]:
    shown = {name: Shown([], []) for name in programs}
    for _ in range(plan.windows):
        began = time.monotonic()
        before = {name: cpu_s(program.pid) for name, program in programs.items()}
        time.sleep(plan.window_s)
        passed_s = time.monotonic() - began
        for name, program in programs.items():
            shown[name].cpu_s_a_minute.append((cpu_s(program.pid) - before[name]) * 60 / passed_s)
        for name, program in programs.items():
            shown[name].memory.append(memory(program.pid))
    return shown


def _check(workers: dict[str, Worker]) -> None:
    """What is measured must have been done."""
    for name, worker in workers.items():
        counts = worker.metrics()
        if name != PASSTHROUGH and not counts['worker_audio_fragments_total{outcome="dubbed"}']:
            raise RuntimeError(f"{name}: nothing was dubbed\n{worker.output()[-2000:]}")
        if not counts['worker_video_packets_total{direction="out"}']:
            raise RuntimeError(f"{name}: no picture went out\n{worker.output()[-2000:]}")


def _figures(shown: dict[str, Shown], firsts: dict[str, float]) -> Iterator[Figure]:
    for name, beside in BESIDE.items():
        what = f"{name}: CPU of a stream's minute (beside `{beside}`)"
        ours, other = shown[name].cpu_s_a_minute, shown[beside].cpu_s_a_minute
        yield Figure(what, "s", ours, other, CPU_WANTED.get(name), "ffmpeg")
    for name, beside in BESIDE.items():
        ours, other = ([one.peak for one in shown[who].memory[-1:]] for who in (name, beside))
        yield Figure(f"{name}: resident memory at its peak", "MB", ours, other, Wanted(PEAK_WANTED_MB[name]))
    for name, beside in BESIDE.items():
        ours, other = ([one.shared_out for one in shown[who].memory] for who in (name, beside))
        yield Figure(f"{name}: memory, PSS", "MB", ours, other)
    for name in BESIDE:
        growth = shown[name].memory[-1].resident - shown[name].memory[0].resident
        what = f"{name}: resident memory, growth from the first window to the last"
        yield Figure(what, "MB", [growth], wanted=Wanted(GROWTH_WANTED_MB))
    for name, first_s in firsts.items():
        yield Figure(
            f"{name}: first packet out, beyond the delay", "s", [first_s], (), Wanted(FIRST_WANTED_S)
        )
