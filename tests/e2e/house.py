"""What the stories share, and a channel: one worker that is watched, and the recording of what it sends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from live.echo import EchoProcess
from live.feed import Event
from live.worker import WorkerProcess
from media_service.testmedia import arrivals
from media_service.testmedia.media import Media, read
from media_service.testmedia.recorder import Recorder
from servers.rtmp import RtmpServer

SMALL: dict[str, Any] = {"width": 320, "height": 180, "video_bit_rate": 300_000, "gop_s": 1.0}
TINY: dict[str, Any] = {**SMALL, "width": 160, "height": 90, "fps": Fraction(10), "video_bit_rate": 100_000}
LONG_S = 120.0
"""Longer, and it hangs: no step takes as long on a machine however busy."""


Figures = Callable[[str], None]
"""Takes a line on what was measured, for the end of the run."""


@dataclass(frozen=True)
class House:
    folder: Path
    server: RtmpServer
    """Without hooks."""
    echo: EchoProcess
    """French comes back with its sign changed, every other language as it was."""


@dataclass(eq=False)
class Recording:
    """Of an RTMP path, from before its first packet on."""

    recorder: Recorder
    longest_pause_ms: float = 0.0
    """Of the sound, as long as there is a picture: where that ends, its source has left and is waited for."""

    @cached_property
    def media(self) -> Media:
        return read(self.recorder.file)

    async def end(self) -> None:
        await asyncio.to_thread(self.recorder.stop)
        await asyncio.to_thread(self._look)

    def _look(self) -> None:
        """While other stories still wait for their streams; the tests then need not."""
        last_picture_ns = arrivals.arrived(self.media, "video")[-1].at_ns
        pauses = arrivals.pauses(self.media, least_ms=0, kind="audio", to_ns=last_picture_ns)
        self.longest_pause_ms = max(pause.length_ms for pause in pauses)


@dataclass(eq=False)
class Channel:
    name: str
    worker: WorkerProcess
    """Dead when the story is over; its log and its events are still there."""
    recording: Recording
    metrics: dict[str, float] = field(default_factory=dict)
    exit_code: int | None = None

    @property
    def slots(self) -> list[Event]:
        return self.worker.events("slot")

    def changes(self, what: str, **fields: object) -> list[Event]:
        return self.worker.events("change", what=what, **fields)

    async def until_decided(self, slots: int) -> None:
        """Until so many slots have gone on air, dubbed or not."""
        await self.worker.wait_for(lambda: len(self.slots) >= slots, LONG_S, "slots")

    async def until_dubbed(self, slots: int, *, after: int = -1) -> None:
        """Until so many slots after this one have been dubbed."""
        await self.worker.wait_for(lambda: len(self.dubbed(after)) >= slots, LONG_S, "dubbed slots")

    def dubbed(self, after: int = -1) -> list[Event]:
        return [slot for slot in self.slots if is_dubbed(slot) and slot["batch_number"] > after]

    async def play_out(self, *, losses: int = 1) -> None:
        """Once its source has gone, for the so-manieth time: all that came goes out, and the worker ends."""
        await self.worker.wait_for(lambda: len(self.changes("input", to="lost")) >= losses, LONG_S, "end")
        await self.worker.wait_for(self._drained, LONG_S, "last picture")
        self.worker.terminate()
        self.exit_code = await self.worker.exit_code(LONG_S)
        await self.recording.end()

    async def _drained(self) -> bool:
        self.metrics = await self.worker.metrics()
        came, went = (
            self.metrics[f'worker_video_packets_total{{direction="{way}"}}'] for way in ("in", "out")
        )
        return went >= came


@asynccontextmanager
async def channel(house: House, name: str, source: str, **settings: object) -> AsyncIterator[Channel]:
    """A worker that waits for `source`, and a recorder that waits for the worker's output."""
    out = house.server.url(name)
    worker = WorkerProcess(
        house.folder, name=name, input_url=house.server.url(source), output_url=out, **settings
    )
    async with worker, Recorder(out, house.folder / f"{name}-recorded") as recorder:
        yield Channel(name, worker, Recording(recorder))


def is_dubbed(slot: Event) -> bool:
    return bool(slot["outcome"] != "fallback")
