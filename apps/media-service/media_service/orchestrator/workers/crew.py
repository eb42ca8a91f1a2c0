"""All the workers of this orchestrator: started, and found again by a later life of it."""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

from media_service.orchestrator.workers.launch import CHILD_OF, OUT_FILE, TOKEN, WORKER_ID, Launcher
from media_service.orchestrator.workers.log_files import bound
from media_service.orchestrator.workers.port import Ports
from media_service.orchestrator.workers.proc_files import Found, find
from media_service.orchestrator.workers.process import Process
from media_service.orchestrator.workers.running import RunningWorker

BOUND_EVERY_S = 10.0

log = logging.getLogger(__name__)


class Crew:
    def __init__(self, launcher: Launcher, *, log_most_bytes: int) -> None:
        self.launcher = launcher
        self.ports = Ports()
        self._log_most_bytes = log_most_bytes

    def open(self) -> None:
        self.launcher.make_folders()
        self.ports.open()

    async def close(self) -> None:
        await self.ports.close()

    async def start(self, kind: str, name: str, own: Mapping[str, str]) -> RunningWorker:
        """Raises OSError."""
        environ = self.launcher.environment(kind, name, own)
        file = self.launcher.log_file(name)
        # Not to be cancelled in between: a process that nobody knows would stay.
        starting = asyncio.ensure_future(
            asyncio.to_thread(Process.spawn, self.launcher.command, environ, Path(environ[OUT_FILE]), file)
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            process = await starting
            process.kill()
            await process.wait()
            process.close()
            raise
        return RunningWorker(process, environ, file, self.ports)

    async def found(self) -> list[RunningWorker]:
        """The workers that an earlier life of this orchestrator has left running, the newest first."""
        running = await asyncio.to_thread(self._scan)
        adopted = []
        for one in sorted(running, key=lambda one: -one.identity.started_ticks):
            process = Process.adopt(one.identity)
            if process is not None:
                file = self.launcher.log_file(one.environ[WORKER_ID])
                adopted.append(RunningWorker(process, one.environ, file, self.ports))
        await asyncio.to_thread(self._sweep, adopted)
        return adopted

    async def forget_preview(self, name: str) -> None:
        """A worker removes its own, unless it crashes."""
        await asyncio.to_thread(shutil.rmtree, self.launcher.preview(name), ignore_errors=True)

    async def bound_logs(self) -> None:
        """For ever."""
        while True:
            await asyncio.to_thread(self._bound_logs)
            await asyncio.sleep(BOUND_EVERY_S)

    def _scan(self) -> list[Found]:
        ours = find(CHILD_OF, str(self.launcher.state_dir))
        return [one for one in ours if {WORKER_ID, TOKEN, OUT_FILE} <= one.environ.keys()]

    def _sweep(self, running: list[RunningWorker]) -> None:
        outs = {Path(one.environ[OUT_FILE]) for one in running}
        for file in self.launcher.run.glob("*.out"):
            if file not in outs:
                file.unlink(missing_ok=True)
        previews = {self.launcher.preview(one.name) for one in running}
        for folder in self.launcher.previews.iterdir():
            if folder not in previews:
                shutil.rmtree(folder, ignore_errors=True)

    def _bound_logs(self) -> None:
        for file in self.launcher.logs.glob("*.log"):
            with contextlib.suppress(OSError):
                if bound(file, self._log_most_bytes):
                    log.info("a worker's log was cut: %s", file.name)
