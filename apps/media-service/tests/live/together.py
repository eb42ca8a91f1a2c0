"""What several modules look at: three scenes that are played once, side by side."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from media_service.testmedia.programme import Programme
from servers.rtmp import RtmpServer

from live.echo import EchoProcess
from live.stage import SMALL, Scene, Take, rtmp_scene, together

SHORT_S = 9
SWITCHES = ("original", "dub", "mute", "dub")
EVERY_S = 1.5


@dataclass(frozen=True)
class Call:
    mode: str
    asked_ns: int
    answered_ns: int
    """Of the monotonic clock."""


@dataclass(frozen=True)
class Played:
    untouched: dict[str, Take]
    """By the kind of their sound."""
    switched: Take
    calls: list[Call]


async def untouched(folder: Path, server: RtmpServer, echo: EchoProcess, length_s: float) -> dict[str, Take]:
    """A source with B-frames, and one at 44.1 kHz without."""
    scene = partial(rtmp_scene, folder, server, sts_service_url=echo.url)
    at_44 = Programme(**SMALL, duration_s=length_s, rate_hz=44_100, b_frames=0)
    return await together(aac48=scene("aac48", {"duration_s": length_s}), aac44=scene("aac44", at_44))


async def switched(folder: Path, server: RtmpServer, echo: EchoProcess, calls: list[Call]) -> Take:
    """The operator's switch, there and back."""

    async def act(scene: Scene) -> None:
        publisher = await scene.publish(folder / "modes.flv")
        await scene.worker.wait_for(lambda: bool(scene.worker.events("slot", outcome="dubbed")), 60, "a dub")
        for mode in SWITCHES:
            await asyncio.sleep(EVERY_S)
            asked_ns = time.monotonic_ns()
            calls.append(Call(mode, asked_ns, await scene.worker.set_mode(mode)))
        await asyncio.sleep(EVERY_S)
        await asyncio.to_thread(publisher.kill)

    return await rtmp_scene(folder, server, "modes", {"duration_s": 30}, act, sts_service_url=echo.url)


async def play(folder: Path) -> Played:
    calls: list[Call] = []
    async with (
        EchoProcess(folder) as same,
        EchoProcess(folder, name="inverted", voice="inverted") as inverted,
        RtmpServer(folder / "nginx") as server,
        asyncio.TaskGroup() as group,
    ):
        kept = group.create_task(untouched(folder, server, same, SHORT_S))
        turned = group.create_task(switched(folder, server, inverted, calls))
    return Played(kept.result(), turned.result(), calls)
