"""The speech service is killed in the midst of a stream, and started again."""

import asyncio
import time
from dataclasses import dataclass

from faults.heard import Mono, source_sound
from live.echo import EchoProcess
from live.films import film
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.recorder import Recorder

from e2e.house import SMALL, Channel, House, Recording, channel
from e2e.publishers import by_ffmpeg

LENGTH_S = 60
SEGMENT_S, AV_OFFSET_MS = 4.0, 4000
"""A connection is tried again 2 s and 6 s after it was lost: twice 4 s is more than the wait between."""
KILLED_S = 3.0
"""After a slot has begun to play: a second before the end of the one that comes in."""
DOWN_S = 1.0


@dataclass(frozen=True)
class Bereft:
    source: Media
    sound: Mono
    input: Recording
    """What another reader received at the same time."""
    channel: Channel
    killed_ms: int
    back_ms: int
    """By the wall clock: it listens again."""


async def play(house: House) -> Bereft:
    file = await asyncio.to_thread(film, house.folder / "bereft.flv", Programme(LENGTH_S, **SMALL))
    async with EchoProcess(house.folder / "bereft", voice="inverted") as echo:
        settings = {"segment_duration": SEGMENT_S, "av_offset_ms": AV_OFFSET_MS, "sts_service_url": echo.url}
        url = house.server.url("bereft-in")
        async with (
            channel(house, "bereft-out", "bereft-in", **settings) as out,
            Recorder(url, house.folder / "bereft-source") as other,
            by_ffmpeg(file, url, house.folder / "bereft.log"),
        ):
            await out.until_dubbed(2)
            await asyncio.sleep(KILLED_S)
            killed_ms = _now_ms()
            await asyncio.to_thread(echo.kill)
            await asyncio.sleep(DOWN_S)
            await asyncio.to_thread(echo.start)
            back_ms = _now_ms()
            await out.until_dubbed(2, after=_last(out))
            source = Recording(other)
            await asyncio.gather(source.end(), out.recording.end())
    media, sound = await asyncio.gather(asyncio.to_thread(read, file), asyncio.to_thread(source_sound, file))
    return Bereft(media, sound, source, out, killed_ms, back_ms)


def _last(out: Channel) -> int:
    return max(int(slot["batch_number"]) for slot in out.slots)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
