"""The publisher is gone for five seconds, and comes back with another programme."""

import asyncio
from dataclasses import dataclass

from live.films import film
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme

from e2e.house import LONG_S, SMALL, Channel, House, channel
from e2e.publishers import by_gstreamer

GONE_S = 5.0
AFTER_S = 8
"""Of programme."""


@dataclass(frozen=True)
class Absent:
    sources: tuple[Media, Media]
    channel: Channel


async def play(house: House) -> Absent:
    first, second = await asyncio.gather(
        asyncio.to_thread(film, house.folder / "absent-1.flv", Programme(60, **SMALL)),
        asyncio.to_thread(
            film, house.folder / "absent-2.flv", Programme(AFTER_S, **SMALL, first_pts_s=100, b_frames=0)
        ),
    )
    url, log = house.server.url("absent-in"), house.folder / "absent.log"
    async with channel(house, "absent-out", "absent-in", sts_service_url=house.echo.url) as out:
        async with by_gstreamer(first, url, log):
            await out.until_dubbed(1)
        await asyncio.sleep(GONE_S)
        async with by_gstreamer(second, url, log) as publisher:
            await asyncio.to_thread(publisher.wait_for, lambda: not publisher.running, "end", LONG_S)
            await out.play_out(losses=2)
    sources = await asyncio.gather(asyncio.to_thread(read, first), asyncio.to_thread(read, second))
    return Absent((sources[0], sources[1]), out)
