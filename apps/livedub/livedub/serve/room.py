"""The orchestrator as a process of ours: started, started again, and ended with all that it started."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from media_service.orchestrator.workers.launch import CHILD_OF
from media_service.orchestrator.workers.proc_files import find

from livedub.dub.children import Child
from livedub.dub.kept import keep_running
from livedub.dub.log import Log
from livedub.errors import OurFault, SettingsWrong
from livedub.serve.plan import in_our_words

COMMAND = (sys.executable, "-P", "-m", "media_service.orchestrator")
NAME = "the control room"
START_S = 120.0
END_S = 15.0
"""Beyond the time that its workers have."""
KILLING_S = 5.0
_LISTENING = re.compile(r"listening on (http://\S+:(\d+))$")


class ControlRoom:
    """`start`, `keep` and `end`. Its workers outlive its crash, and are found again by the next one."""

    def __init__(self, variables: Mapping[str, str], log: Log) -> None:
        self._variables = dict(variables)
        self._log = log
        self._child: Child | None = None
        self.url = ""

    async def start(self) -> None:
        """It serves the page when this returns. Raises a `Failed`."""
        listening = asyncio.Event()

        def heard(line: str) -> None:
            if found := _LISTENING.search(line):
                self.url = found[1]
                # The next one, should there be one, is where people know it to be.
                self._variables["LIVEDUB_PORT"] = found[2]
                listening.set()

        self._child = await Child.start(
            COMMAND, self._variables, self._log.file, heard, when_orphaned=signal.SIGTERM
        )
        waiting = asyncio.create_task(listening.wait())
        ending = asyncio.create_task(self._child.ended())
        try:
            await asyncio.wait((waiting, ending), timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            ending.cancel()
        if not listening.is_set():
            problem = in_our_words(self._log.reason() or f"{NAME} did not start")
            if ending.done() and ending.result() == SettingsWrong.exit_code:
                raise SettingsWrong(problem)
            raise OurFault(problem)

    async def keep(self, say: Callable[[str], None]) -> NoReturn:
        """Until cancelled."""
        await keep_running(NAME, lambda: self._running().ended(), self.start, say)

    async def end(self, workers_s: float) -> None:
        """In order: its workers play out first. When this is cancelled, at once; either way all is gone."""
        child = self._child
        if child is None:
            return
        child.ask_to_end()
        try:
            await child.gone(workers_s + END_S)
        except asyncio.CancelledError:
            # Asked a second time it kills its workers.
            child.ask_to_end()
            await child.gone(KILLING_S)
            raise
        finally:
            await child.end(0)
            if self._variables.get("LIVEDUB_ON_EXIT") != "keep":
                self._kill_what_is_left()

    def _kill_what_is_left(self) -> None:
        """Where it was killed itself, its workers are nobody's."""
        state_dir = Path(self._variables["LIVEDUB_STATE_DIR"]).resolve()
        for left in find(CHILD_OF, str(state_dir)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(left.identity.pid, signal.SIGKILL)

    def _running(self) -> Child:
        if self._child is None:
            raise OurFault(f"{NAME} was not started")
        return self._child
