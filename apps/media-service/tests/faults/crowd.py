"""Many workers on one published source: each with a service, an output and a recorder of its own."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from live.feed import Event
from live.worker import WorkerProcess
from media_service.sts.breaker import OPEN_NS
from media_service.testmedia import arrivals, sound_faults
from media_service.testmedia.generate import generate
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from media_service.testmedia.recorder import Recorder
from media_service.timeline.units import SECOND_NS
from servers.rtmp import RtmpServer

from faults.heard import Agreement, Heard, Mono, agreement, compare, source_sound

SEGMENT_S = 1.5
AV_OFFSET_MS = 1500
DELAY_S = SEGMENT_S + AV_OFFSET_MS / 1000
SETTLED = 2
"""Slots in a row that have been dubbed before the trouble begins."""
BREAKER_OPEN_S = OPEN_NS / SECOND_NS
QUICKER_BREAKER = """
from functools import partial
from media_service.sts import verdicts
verdicts.Breaker = partial(verdicts.Breaker, open_ns={open_ns})
"""


@dataclass
class Station:
    """One worker, from its start to what was recorded of it."""

    name: str
    worker: WorkerProcess
    recorder: Recorder
    crowd: "Crowd"
    facts: dict[str, Any] = field(default_factory=dict)
    """What its story wants to remember: moments by the wall clock in milliseconds, metrics, counts."""

    # While it runs

    async def until_dubbed(self, slots: int, timeout_s: float, *, after: int = -1) -> None:
        """Until so many slots after this one have been dubbed."""

        def ready() -> bool:
            return (
                len([slot for slot in self.slots if is_dubbed(slot) and slot["batch_number"] > after])
                >= slots
            )

        await self.worker.wait_for(ready, timeout_s, f"{slots} dubbed slots of {self.name}")

    async def until_settled(self, slots: int, timeout_s: float) -> None:
        """Until so many slots in a row have been dubbed. What was before is no longer looked at."""

        def ready() -> bool:
            return len(self.slots) >= slots and all(is_dubbed(slot) for slot in self.slots[-slots:])

        await self.worker.wait_for(ready, timeout_s, f"{slots} dubbed slots in a row of {self.name}")
        self.facts["settled_from"] = self.last_slot - slots + 1

    def mark(self, name: str) -> None:
        self.facts[name] = time.time_ns() // 1_000_000

    @property
    def last_slot(self) -> int:
        return max((int(slot["batch_number"]) for slot in self.slots), default=-1)

    async def leave(self) -> None:
        """Takes down what it shows, and ends it. Once."""
        if self.worker.running and "metrics" not in self.facts:
            self.facts["metrics"] = await self.worker.metrics()
            self.facts["status"] = await self.worker.status()
        await asyncio.to_thread(self.recorder.stop)
        await self.worker.stop()

    # What came of it

    @property
    def slots(self) -> list[Event]:
        return self.worker.events("slot")

    def changes(self, what: str) -> list[Event]:
        return self.worker.events("change", what=what)

    def metric(self, name: str) -> float:
        return float(self.facts["metrics"].get(name, 0.0))

    @property
    def settled_slots(self) -> list[Event]:
        """While many programs start, a busy machine may be too late with one."""
        return [slot for slot in self.slots if slot["batch_number"] >= self.facts["settled_from"]]

    @property
    def fallen(self) -> dict[int, str]:
        """Slots that fell back, and why."""
        return _fallen(self.slots)

    @property
    def fallen_once_settled(self) -> dict[int, str]:
        return _fallen(self.settled_slots)

    @cached_property
    def media(self) -> Media:
        return read(self.recorder.file, pictures=False)

    @cached_property
    def heard(self) -> Heard:
        if self.media.sound is None:
            raise ValueError("there is no sound")
        return compare(self.media.sound, self.crowd.sound)

    @cached_property
    def agreement(self) -> Agreement:
        return agreement(self.heard, self.slots)

    @cached_property
    def longest_pause_ms(self) -> float:
        return arrivals.longest_pause_ms(self.media, "audio")

    def silences(self) -> list[sound_faults.Span]:
        return sound_faults.silences(self.media.sound) if self.media.sound else []

    def breaks(self) -> list[sound_faults.Break]:
        return sound_faults.breaks(self.media.sound) if self.media.sound else []

    @cached_property
    def clicks(self) -> list[sound_faults.Click]:
        """Without the beginning, where a recording joins the middle of a sound."""
        if self.media.sound is None:
            return []
        first_ns = int(self.media.sound.pts_ns[0]) + 100_000_000
        return [click for click in sound_faults.clicks(self.media.sound) if click.at_ns > first_ns]

    @property
    def recorded_s(self) -> float:
        return len(self.media.sound.samples) / self.media.sound.rate_hz if self.media.sound else 0.0

    def dubbed_again_s(self, since_ms: int) -> float:
        """From a moment until the first slot that is dubbed after it goes on air."""
        times = [slot["at_unix_ms"] for slot in self.slots if is_dubbed(slot)]
        return float(min(at for at in times if at > since_ms) - since_ms) / 1000


def _fallen(slots: list[Event]) -> dict[int, str]:
    return {slot["batch_number"]: slot["reason"] for slot in slots if not is_dubbed(slot)}


class Crowd:
    def __init__(
        self, folder: Path, seconds: float, *, patient: bool = True, breaker_open_s: float = BREAKER_OPEN_S
    ) -> None:
        """`patient`: what is measured by the clock has room for a machine that is busy with other things.
        `breaker_open_s`: of each worker.
        """
        self.folder = folder
        self.patient = patient
        self.breaker_open_s = breaker_open_s
        self.source = folder / "source.flv"
        self.programme = Programme(
            duration_s=seconds, width=320, height=180, gop_s=1.0, video_bit_rate=200_000
        )
        self.stations: dict[str, Station] = {}
        self.errors: dict[str, BaseException] = {}
        """By name of those whose story did not come to its end."""

    def station(self, name: str) -> "Station":
        if name in self.errors:
            raise RuntimeError(f"the story of {name} went wrong") from self.errors[name]
        return self.stations[name]

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Crowd"]:
        await asyncio.to_thread(generate, self.source, self.programme)
        async with AsyncExitStack() as stack:
            self._stack = stack
            self.server = await stack.enter_async_context(RtmpServer(self.folder / "nginx"))
            self.own = Recorder(self.server.url("in"), self.folder / "in")
            await stack.enter_async_context(self.own)
            publisher = Publisher(self.source, self.server.url("in"), self.folder)
            self.publisher = await stack.enter_async_context(publisher)
            yield self
            await asyncio.gather(*(self._left(station) for station in self.stations.values()))
            await asyncio.to_thread(self.own.stop)

    async def _left(self, station: Station) -> None:
        """A worker that hangs is its own tests' affair."""
        try:
            await station.leave()
        except TimeoutError as error:
            self.errors[station.name] = error
            sys.stdout.write(f"--- {station.name} does not answer\n{station.worker.output()[-6000:]}\n")

    async def enter(self, name: str, url: str, **settings: Any) -> Station:
        """Starts a worker for this service, and waits until it is on air."""
        recorder = Recorder(self.server.url(name), self.folder / name)
        await self._stack.enter_async_context(recorder)
        chosen = {"segment_duration": SEGMENT_S, "av_offset_ms": AV_OFFSET_MS, **settings}
        worker = WorkerProcess(
            self.folder,
            name=name,
            input_url=self.server.url("in"),
            output_url=self.server.url(name),
            sts_service_url=url,
            **chosen,
        )
        if self.breaker_open_s != BREAKER_OPEN_S:
            worker.prepare(QUICKER_BREAKER.format(open_ns=int(self.breaker_open_s * 1e9)))
        station = self.stations[name] = Station(name, worker, recorder, self)
        await self._stack.enter_async_context(worker)
        await worker.wait_on_air(60)
        return station

    @cached_property
    def sound(self) -> Mono:
        return source_sound(self.source)

    @cached_property
    def longest_pause_ms(self) -> float:
        """Of the source, as another reader received it at the same time."""
        return arrivals.longest_pause_ms(read(self.own.file, pictures=False, sound=False), "audio")


def is_dubbed(slot: Event) -> bool:
    return bool(slot["outcome"] != "fallback")
