"""How many streams this machine dubs in real time: more and more workers, until one shows that it cannot."""

import time
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

import psutil
from media_service.testmedia.arrivals import longest_pause_ms
from media_service.testmedia.media import read
from media_service.testmedia.recorder import Recorder

from benchmarks.service import OURS, Service, running
from benchmarks.worker_stage import RtmpServer, Source, Worker
from benchmarks.worker_usage import Machine

LONGEST_PAUSE_MS = 200.0
BUSIEST = 0.95
"""Of all cores; beyond it nothing is left for a keyframe or a neighbour."""
SILENT_S = 20
"""Without a packet from a server for this long a stream counts as not held."""
START_GAP_S = 0.4
"""Each worker's start costs about a second of one core, which is no part of holding a stream."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """How the number is raised."""

    seconds: int
    """Of the programme, which is sent over and over."""
    settings: dict[str, object]
    delay_s: float
    first_share: float
    """Of the number that the processor time of one stream promises: where the first step is."""
    step_share: float
    most_streams: int
    watch_s: float
    """How long each number must hold."""
    longest_s: float
    """Beyond which no further step is taken."""


FULL_RAMP = Ramp(24, {"av_offset_ms": 3000}, 9.0, 0.5, 0.12, 64, watch_s=14, longest_s=150)
QUICK_RAMP = Ramp(
    8, {"segment_duration": 2, "av_offset_ms": 1000}, 3.0, 0.05, 0.05, 2, watch_s=3, longest_s=10
)


@dataclass(frozen=True, slots=True)
class Step:
    """What so many streams at once showed."""

    streams: int
    busy: float
    fallbacks: int
    dubbed: int
    longest_pause_ms: float

    @property
    def trouble(self) -> str | None:
        if self.fallbacks:
            return f"{self.fallbacks} of {self.fallbacks + self.dubbed} slots fell back to the original"
        if self.longest_pause_ms > LONGEST_PAUSE_MS:
            return f"an output paused for {self.longest_pause_ms:.0f} ms"
        if self.busy > BUSIEST:
            return f"{self.busy:.0%} of the machine's processor time was taken"
        return None


@dataclass(frozen=True, slots=True)
class Held:
    """How far it went."""

    steps: list[Step]
    ended: str

    @property
    def streams(self) -> int:
        return max((step.streams for step in self.steps if step.trouble is None), default=0)

    def told(self) -> str:
        rows = ["| streams | processor, all cores | slots dubbed | fallbacks | longest pause, ms |"]
        rows += ["| --: | --: | --: | --: | --: |"]
        rows += [
            f"| {step.streams} | {step.busy:.0%} | {step.dubbed} | {step.fallbacks} "
            f"| {step.longest_pause_ms:.0f} |"
            for step in self.steps
        ]
        told = (
            f"**{self.streams} streams** dubbed in real time on {psutil.cpu_count()} cores, which also "
            f"carry the source, the RTMP server, the echo service and a recorder. {self.ended}"
        )
        return "\n".join([*rows, "", told])

    def as_json(self) -> dict[str, Any]:
        steps = [{field: getattr(step, field) for field in Step.__slots__} for step in self.steps]
        return {"streams": self.streams, "ended": self.ended, "steps": steps}


def hold(ramp: Ramp, folder: Path, cpu_s_a_minute: float) -> Held:
    """`cpu_s_a_minute`: of one stream, to begin at a number that is no waste of time."""
    promised = 60 / cpu_s_a_minute * (psutil.cpu_count() or 1)
    step = max(1, floor(promised * ramp.step_share))
    streams = min(ramp.most_streams, max(1, ceil(promised * ramp.first_share)))
    began, steps = time.monotonic(), list[Step]()
    with running(OURS) as echo, RtmpServer(folder) as server:
        workers: list[Worker] = []
        with Source(folder, server.url("in"), seconds=ramp.seconds):
            try:
                while True:
                    _more(workers, streams, ramp, folder, server, echo)
                    steps.append(_watched(workers, ramp, folder, server))
                    if steps[-1].trouble is not None:
                        return Held(steps, f"With {streams}: {steps[-1].trouble}.")
                    if streams >= ramp.most_streams:
                        return Held(steps, "No more were tried.")
                    if time.monotonic() - began > ramp.longest_s:
                        return Held(steps, "Time was up before the limit was found.")
                    streams = min(streams + step, ramp.most_streams)
            finally:
                for worker in workers:
                    worker.kill()


def _more(
    workers: list[Worker], streams: int, ramp: Ramp, folder: Path, server: RtmpServer, echo: Service
) -> None:
    """As many as `streams`, all dubbing."""
    while len(workers) < streams:
        name = f"stream-{len(workers)}"
        into, out = server.url("in"), server.url(name)
        workers.append(Worker(folder, name, into, out, echo_port=echo.port, **ramp.settings))
        workers[-1].start()
        time.sleep(START_GAP_S)
    for worker in workers:
        worker.wait_for(worker.on_air, "media at the output", ramp.delay_s + 40)
    # Slots that were filled while others started are not this number's.
    time.sleep(ramp.delay_s)


def _watched(workers: list[Worker], ramp: Ramp, folder: Path, server: RtmpServer) -> Step:
    latest = workers[-1]
    recorder = Recorder(server.url(latest.name), folder / f"{latest.name}.recorded")
    with recorder:
        try:
            recorder.wait_for(lambda: recorder.received > 100_000, "recording", SILENT_S)
        except TimeoutError:
            _check_alive(workers)
            # Nothing came for so long: that is the pause.
            return Step(len(workers), 1.0, 0, 0, SILENT_S * 1000)
        # What the server had kept comes at once, and then at the pace of the stream.
        time.sleep(1)
        from_ns = time.monotonic_ns()
        _check_alive(workers)
        machine, before = Machine(), _slots(workers)
        time.sleep(ramp.watch_s)
        _check_alive(workers)
        busy, after = machine.busy(), _slots(workers)
    pause_ms = longest_pause_ms(read(recorder.file, pictures=False, sound=False), from_ns=from_ns)
    recorder.file.unlink()
    dubbed, fallbacks = (int(now - then) for now, then in zip(after, before, strict=True))
    return Step(len(workers), busy, fallbacks, dubbed, pause_ms)


def _check_alive(workers: list[Worker]) -> None:
    """A worker that has ended is a fault of its own, whatever the machine holds."""
    for worker in workers:
        if not worker.running:
            told = worker.output()[-2000:]
            raise RuntimeError(f"{worker.name} ended with {worker.exit_code}, of {len(workers)}: {told}")


def _slots(workers: list[Worker]) -> tuple[float, float]:
    """Of all workers: slots that were dubbed, and that were not."""
    pages = [worker.metrics() for worker in workers]
    dubbed, fallbacks = (
        sum(page[f'worker_audio_fragments_total{{outcome="{outcome}"}}'] for page in pages)
        for outcome in ("dubbed", "fallback")
    )
    return dubbed, fallbacks
