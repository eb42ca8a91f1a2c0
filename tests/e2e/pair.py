"""One source, two workers, two languages."""

import asyncio
from dataclasses import dataclass

from faults.heard import Mono, source_sound
from live.films import film
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme

from e2e.house import LONG_S, SMALL, Channel, House, channel
from e2e.publishers import by_ffmpeg

LENGTH_S = 14


@dataclass(frozen=True)
class Pair:
    source: Media
    sound: Mono
    channels: dict[str, Channel]
    """By language."""


async def play(house: House) -> Pair:
    file = await asyncio.to_thread(film, house.folder / "match.flv", Programme(LENGTH_S, **SMALL))
    of_match = {"source": "match-in", "sts_service_url": house.echo.url}
    async with (
        channel(house, "match-es", **of_match, target_language="es") as spanish,
        channel(house, "match-fr", **of_match, target_language="fr") as french,
        by_ffmpeg(file, house.server.url("match-in"), house.folder / "match.log") as publisher,
    ):
        await asyncio.to_thread(publisher.wait_for, lambda: not publisher.running, "end", LONG_S)
        await asyncio.gather(spanish.play_out(), french.play_out())
    source, sound = await asyncio.gather(asyncio.to_thread(read, file), asyncio.to_thread(source_sound, file))
    return Pair(source, sound, {"es": spanish, "fr": french})
