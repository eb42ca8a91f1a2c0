"""The worker as its users start it: a process, watched through its port and its log."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from media_service.testmedia.program import Program

from live.feed import Event, read_events

SHORT = {"segment_duration": 2, "av_offset_ms": 1500, "metrics_port": 0}
"""The delay of a test, 3.5 s, unless it sets another."""
LANGUAGES = {"source_language": "en", "target_language": "es"}
START_S = 60.0
"""Longer, and it hangs: no start takes as long on a machine however busy."""


class WorkerProcess:
    """`async with WorkerProcess(folder, input_url=..., output_url=..., sts_service_url=...) as worker`.

    Keywords are settings by their names; without `sts_service_url` it passes the sound through. Killed at the
    end, with its pid and no other.
    """

    def __init__(self, folder: Path, *, name: str = "worker", **settings: object) -> None:
        mode = LANGUAGES if "sts_service_url" in settings else {"sts_mode": "passthrough"}
        self.settings: dict[str, object] = {"stream_id": name, **SHORT, **mode, **settings}
        command = [sys.executable, "-m", "media_service.worker"]
        for key, value in self.settings.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            command += [f"--{key.replace('_', '-')}", text]
        self.name = name
        self.program = Program(command, folder / f"{name}.log")
        self.port = 0
        self.begun_ns = 0
        """Of the monotonic clock: when the process was started."""
        self._events: list[Event] = []
        self._reader: asyncio.Task[None] | None = None
        self._http: aiohttp.ClientSession | None = None

    def prepare(self, statements: str) -> None:
        """Python that the process runs before it becomes the worker, for what no setting can say."""
        become = "from media_service.worker.__main__ import main; sys.exit(main(sys.argv[1:]))"
        script = f"import sys, media_service.worker.lean\n{statements}\n{become}"
        self.program.command[1:3] = ["-c", script]

    # Life

    async def start(self, *, wait: bool = True) -> None:
        """`wait` until it has told its port; else for one that is expected to end at once."""
        self.program.log.unlink(missing_ok=True)
        self.begun_ns = time.monotonic_ns()
        await asyncio.to_thread(self.program.start)
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        if wait:
            await self.wait_for(lambda: self._told_port() is not None, START_S, "the worker's port")
            self.port = self._told_port() or 0
            self._reader = asyncio.create_task(self._read_events())

    async def stop(self) -> None:
        """Kills it."""
        await asyncio.to_thread(self.program.kill)
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader], timeout=5)
        if self._http is not None:
            await self._http.close()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if kind is not None:
            # pytest shows it with the failure.
            sys.stdout.write(
                f"--- {self.name} ended with {self.program.exit_code}\n{self.output()[-6000:]}\n"
            )

    def terminate(self) -> None:
        """SIGTERM."""
        os.kill(self.program.pid, signal.SIGTERM)

    @property
    def pid(self) -> int:
        return self.program.pid

    @property
    def running(self) -> bool:
        return self.program.running

    async def exit_code(self, timeout_s: float) -> int:
        """Waits for its own end."""
        await self.wait_for(lambda: not self.running, timeout_s, "the worker's end", alive=False)
        code = self.program.exit_code
        if code is None:
            raise RuntimeError("the worker has no exit code")
        return code

    # Its port

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def status(self) -> dict[str, Any]:
        async with self._answer("/v1/status") as response:
            found: dict[str, Any] = await response.json()
            return found

    async def metrics(self) -> dict[str, float]:
        """By name with labels, as the page writes it: `worker_video_packets_total{direction="in"}`."""
        async with self._answer("/metrics") as response:
            page = await response.text()
        pairs = (line.rsplit(" ", 1) for line in page.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    async def set_mode(self, mode: str) -> int:
        """Returns the moment, of the monotonic clock, at which the answer came."""
        async with self._session().post(self.url("/v1/mode"), json={"mode": mode}) as response:
            response.raise_for_status()
            await response.read()
        return time.monotonic_ns()

    def events(self, name: str | None = None, **fields: object) -> list[Event]:
        """Those that have come so far, all since the worker's start, with this name and these fields."""
        return [
            event
            for event in self._events
            if name in (None, event["event"]) and all(event.get(key) == fields[key] for key in fields)
        ]

    # Waiting

    async def wait_for(
        self,
        ready: Callable[[], bool] | Callable[[], Awaitable[bool]],
        timeout_s: float,
        what: str = "what was awaited",
        *,
        alive: bool = True,
    ) -> None:
        """Looks every 50 ms. `alive`: an end of the worker ends the waiting."""
        end = time.monotonic() + timeout_s
        while True:
            found = ready()
            if found if isinstance(found, bool) else await found:
                return
            if alive and not self.running:
                raise RuntimeError(f"the worker ended with {self.program.exit_code}: {self.output()[-2000:]}")
            if time.monotonic() > end:
                raise TimeoutError(f"no {what} within {timeout_s} s: {self.output()[-2000:]}")
            await asyncio.sleep(0.05)

    async def wait_on_air(self, timeout_s: float = 60.0) -> None:
        """Until media flows from end to end."""

        async def ready() -> bool:
            async with self._session().get(self.url("/ready")) as response:
                return response.status == 200

        await self.wait_for(ready, timeout_s, "media at the output")

    # Its log

    def output(self) -> str:
        return self.program.output()

    def log_lines(self, **fields: object) -> list[dict[str, Any]]:
        """The JSON lines that have these fields."""
        found = []
        for line in self.output().splitlines():
            if line.startswith("{"):
                with contextlib.suppress(json.JSONDecodeError):
                    told = json.loads(line)
                    if all(told.get(key) == fields[key] for key in fields):
                        found.append(told)
        return found

    def _told_port(self) -> int | None:
        for line in self.output().splitlines():
            if line.startswith("port "):
                return int(line.split()[1])
        return None

    async def _read_events(self) -> None:
        await read_events(self._session(), self.url("/v1/events"), self._events)

    @contextlib.asynccontextmanager
    async def _answer(self, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with self._session().get(self.url(path)) as response:
                yield response
        except TimeoutError:
            # Why it hangs is in its log then.
            os.kill(self.program.pid, signal.SIGUSR1)
            await asyncio.sleep(1.0)
            raise

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("the worker was not started")
        return self._http
