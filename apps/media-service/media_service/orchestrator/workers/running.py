"""A worker that runs: its process, its port and its log, as one thing to ask and to end."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from media_service.metrics.worker import Mode
from media_service.orchestrator.errors import WorkerSilent
from media_service.orchestrator.workers.launch import KIND, OUT_FILE, SUCCEEDS, TOKEN, WORKER_ID, told_port
from media_service.orchestrator.workers.log_files import last_exit_code
from media_service.orchestrator.workers.port import Ports
from media_service.orchestrator.workers.process import Process

KILLED_S = 5.0
"""How long the kernel may take for a process that was killed."""


class RunningWorker:
    def __init__(self, process: Process, environ: Mapping[str, str], log: Path, ports: Ports) -> None:
        self.process = process
        self.environ = dict(environ)
        self.log = log
        self._ports = ports
        self._port: int | None = None

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def name(self) -> str:
        return self.environ[WORKER_ID]

    @property
    def kind(self) -> str:
        return self.environ.get(KIND, "")

    @property
    def token(self) -> str:
        return self.environ[TOKEN]

    @property
    def port(self) -> int:
        """Raises `WorkerSilent` while it has not told its port."""
        if self._port is None:
            self._port = told_port(self._out)
        if self._port is None:
            raise WorkerSilent("the worker is starting")
        return self._port

    @property
    def url(self) -> str:
        """Of its own port. Raises `WorkerSilent` like that."""
        return f"http://127.0.0.1:{self.port}"

    def succeeds(self, other: "RunningWorker") -> bool:
        """Whether it was started to take the other one's output over."""
        try:
            return self.environ.get(SUCCEEDS) == other.url
        except WorkerSilent:
            return False

    async def status(self) -> dict[str, Any]:
        """Raises `WorkerSilent`, also where another answers in its place."""
        told = await self._ports.status(self.port, self.token)
        if told.get("stream_id") != self.name:
            raise WorkerSilent("another program answers on the worker's port")
        return told

    async def metrics(self) -> bytes:
        """For Prometheus. Raises `WorkerSilent`."""
        return await self._ports.metrics(self.port, self.token)

    async def set_mode(self, mode: Mode, who: str) -> None:
        await self._ports.set_mode(self.port, self.token, mode, who)

    def events(self, last_id: str | None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """As it writes them. Raises `WorkerSilent`."""
        return self._ports.events(self.port, self.token, last_id)

    async def wait(self) -> int | None:
        """Its exit code once it has ended; None where nobody knows it."""
        code = await self.process.wait()
        if code is None:
            code = await asyncio.to_thread(last_exit_code, self.log)
        return code

    async def stop(self, within_s: float) -> None:
        """Asks it to play out and end; after `within_s` it is killed. Waits for its end."""
        self.process.terminate()
        try:
            async with asyncio.timeout(within_s):
                await self.process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        self.process.kill()
        async with asyncio.timeout(KILLED_S):
            await self.process.wait()

    def was_started_with(self, own: Mapping[str, str]) -> bool:
        return all(self.environ.get(name) == value for name, value in own.items())

    def close(self) -> None:
        """After its end: nothing of it stays but its log."""
        self.process.close()
        self._out.unlink(missing_ok=True)

    def release(self) -> None:
        """It goes on without us."""
        self.process.close()

    @property
    def _out(self) -> Path:
        return Path(self.environ[OUT_FILE])
