"""All stories that the chosen tests look at, played side by side: first one batch, then the other, and the
long one meanwhile. Each fails alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

from live.echo import EchoProcess
from servers.rtmp import RtmpServer

from e2e import absent, bereft, hooked, pair, read, scripted
from e2e.house import House

Story = Callable[[House], Awaitable[Any]]

LONG: dict[str, Story] = {"read": read.play}
FIRST: dict[str, Story] = {"pair": pair.play, "bereft": bereft.play, "absent": absent.play}
SECOND: dict[str, Story] = {"hooked": hooked.play, "scripted": scripted.play}
"""More at once are too many for two cores."""
STORIES = {**LONG, **FIRST, **SECOND}


class Day:
    def __init__(self, folder: Path, wanted: Collection[str]) -> None:
        self._folder = folder
        self._wanted = wanted
        self._told: dict[str, Any] = {}

    def of(self, name: str) -> Any:
        """What came of this story. Raises what went wrong with it."""
        if not self._told:
            asyncio.run(self._play())
        told = self._told[name]
        if isinstance(told, BaseException):
            raise told
        return told

    async def _play(self) -> None:
        async with (
            EchoProcess(self._folder / "echo", voice="by_language") as echo,
            RtmpServer(self._folder / "nginx") as server,
            asyncio.TaskGroup() as group,
        ):
            house = House(self._folder, server, echo)
            group.create_task(self._batch(LONG, house))
            await self._batch(FIRST, house)
            await self._batch(SECOND, house)

    async def _batch(self, stories: dict[str, Story], house: House) -> None:
        names = [name for name in stories if name in self._wanted]
        ends = await asyncio.gather(*(stories[name](house) for name in names), return_exceptions=True)
        self._told |= zip(names, ends, strict=True)
