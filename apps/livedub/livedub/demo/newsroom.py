"""The programme's process: started once the media server listens, and again when it ends by itself."""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from livedub.dub.children import Child
from livedub.dub.kept import keep_running
from livedub.dub.log import Log
from livedub.errors import OurFault

COMMAND = (sys.executable, "-P", "-m", "livedub.demo.studio")
NAME = "the programme"
START_S = 60.0
END_S = 2.0


class Newsroom:
    """`start`, `keep` and `end`."""

    def __init__(self, url: str, log: Log) -> None:
        self._url = url
        self._log = log
        self._child: Child | None = None

    async def start(self) -> None:
        """It is on air when this returns. Raises a `Failed`."""
        on_air = asyncio.Event()
        command = (*COMMAND, self._url)
        self._child = await Child.start(command, os.environ, self._log.file, lambda line: on_air.set())
        waiting = asyncio.create_task(on_air.wait())
        ending = asyncio.create_task(self._child.ended())
        try:
            await asyncio.wait((waiting, ending), timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            ending.cancel()
        if not on_air.is_set():
            raise OurFault(f"{NAME} did not go on air")

    async def keep(self, say: Callable[[str], None]) -> NoReturn:
        """Until cancelled."""
        await keep_running(NAME, lambda: self._running().ended(), self.start, say)

    async def end(self) -> None:
        if self._child is not None:
            await self._child.end(END_S)

    def _running(self) -> Child:
        if self._child is None:
            raise OurFault(f"{NAME} was not started")
        return self._child
