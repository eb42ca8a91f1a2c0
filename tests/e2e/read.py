"""A minute's talk dubbed by the embedded engines, cut in two ways; for a while the original is wanted."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_service.testmedia.media import Media
from media_service.testmedia.media import read as read_media
from media_service.testmedia.program import Program

from e2e.full_service import FullService
from e2e.house import LONG_S, Channel, House, channel
from e2e.publishers import by_ffmpeg
from e2e.talk import Talk, talk

LENGTH_S = 61
"""Ten fragments of six seconds, and what a joining reader misses before its first picture."""
CUTS: dict[str, dict[str, Any]] = {
    "fixed": {"segment_mode": "fixed", "mix": "replace"},
    "pause": {"segment_mode": "pause", "mix": "duck"},
}
"""The worker's own way, and that of the command `livedub`."""
SHARED: dict[str, Any] = {
    "segment_duration": 6,
    "av_offset_ms": 12_000,
    "sts_timeout_ms": 14_000,
    "target_language": "es",
}
"""The embedded engines need 1.2 s for a fragment; the rest is for a machine that is busy with other tests."""
ORIGINAL_AFTER, ORIGINAL_S = 3, 14.0
"""The switch: after so many slots, for so long."""


@dataclass(frozen=True)
class Switched:
    """By the wall clock, in milliseconds: when each answer had come."""

    original_ms: int
    dub_ms: int


@dataclass(frozen=True)
class Reading:
    """One way to cut."""

    channel: Channel
    segments: Path
    """What came in, slot by slot, as the worker wrote it down."""
    switched: Switched


@dataclass(frozen=True)
class Read:
    talk: Talk
    source: Media
    readings: dict[str, Reading]
    load: float
    """How many wanted each of this machine's cores meanwhile, at worst."""


async def play(house: House) -> Read:
    service = FullService(house.folder / "full")
    watching = asyncio.create_task(_watch_load(loads := [0.0]))
    try:
        news, _ = await asyncio.gather(
            asyncio.to_thread(talk, house.folder / "talk.flv", LENGTH_S), asyncio.to_thread(service.start)
        )
        readings = await _dubbed(house, news, service.url)
    finally:
        watching.cancel()
        await asyncio.to_thread(service.kill)
    return Read(news, await asyncio.to_thread(read_media, news.file), readings, max(loads))


async def _watch_load(loads: list[float]) -> None:
    """For ever."""
    while True:
        loads.append(os.getloadavg()[0] / (os.cpu_count() or 1))
        await asyncio.sleep(2)


async def _dubbed(house: House, news: Talk, service_url: str) -> dict[str, Reading]:
    async with AsyncExitStack() as stack:
        readers = {}
        for name, cut in CUTS.items():
            settings = {**SHARED, **cut, "sts_service_url": service_url, "segment_dir": house.folder / name}
            readers[name] = await stack.enter_async_context(
                channel(house, f"talk-{name}", "talk-in", **settings)
            )
        publisher = await stack.enter_async_context(
            by_ffmpeg(news.file, house.server.url("talk-in"), house.folder / "talk.log")
        )
        followed = await asyncio.gather(*(_followed(readers[name], publisher) for name in CUTS))
    return {
        name: Reading(readers[name], house.folder / name / f"talk-{name}", switched)
        for name, switched in zip(CUTS, followed, strict=True)
    }


async def _followed(reader: Channel, publisher: Program) -> Switched:
    """To the end of the talk."""
    await reader.until_decided(ORIGINAL_AFTER)
    switched = await _original_for_a_while(reader)
    await asyncio.to_thread(publisher.wait_for, lambda: not publisher.running, "end", LONG_S)
    await reader.play_out()
    return switched


async def _original_for_a_while(reader: Channel) -> Switched:
    await reader.worker.set_mode("original")
    original_ms = time.time_ns() // 1_000_000
    await asyncio.sleep(ORIGINAL_S)
    await reader.worker.set_mode("dub")
    return Switched(original_ms, time.time_ns() // 1_000_000)
