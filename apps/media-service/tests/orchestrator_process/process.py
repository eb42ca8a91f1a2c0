"""An orchestrator that a test starts, asks, kills and starts again."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from media_service.orchestrator.workers.proc_files import Found, find
from media_service.testmedia.program import Program
from servers.ports import LOCAL, free_port

FAKE = (sys.executable, str(Path(__file__).with_name("with_fake_workers.py")))
REAL = (sys.executable, "-m", "media_service.orchestrator")
START_S = 60.0
STOP_S = 30.0


class Orchestrator:
    """`async with`; at the end it, and every worker of its state folder, is gone."""

    def __init__(
        self,
        folder: Path,
        *,
        command: tuple[str, ...] = FAKE,
        env: dict[str, str] | None = None,
        **settings: object,
    ) -> None:
        self.state_dir = folder / "state"
        self.script = folder / "script.json"
        self.port = free_port()
        self.headers: dict[str, str] = {}
        told = {
            "port": self.port,
            "state_dir": self.state_dir,
            "sts_service_url": f"http://{LOCAL}:9",
            "allow_inputs": "*://*",
            "allow_outputs": "*://*",
            **settings,
        }
        variables = {f"LIVEDUB_{name.upper()}": str(value) for name, value in told.items()}
        self.program = Program(
            list(command),
            folder / "orchestrator.log",
            env={**variables, "FAKE_SCRIPT": str(self.script), **(env or {})},
        )
        self._http: aiohttp.ClientSession | None = None

    def tell_workers(self, **script: object) -> None:
        draft = self.script.with_suffix(".part")
        draft.write_text(json.dumps(script))
        draft.replace(self.script)

    # Life

    async def start(self) -> None:
        await asyncio.to_thread(self.program.start)
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))

        async def is_up() -> bool:
            if not self.program.running:
                raise RuntimeError(self.program.output()[-3000:])
            with contextlib.suppress(aiohttp.ClientError):
                return (await self.ask("GET", "/readyz"))[0] == 200
            return False

        await until(is_up, START_S, "orchestrator")

    @contextlib.asynccontextmanager
    async def asked(self) -> AsyncIterator[Self]:
        """For one test, of one that is shared by several."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as self._http:
            try:
                yield self
            finally:
                self._http = None

    @contextlib.contextmanager
    def shared(self) -> Iterator[Self]:
        """For a whole module."""
        self.program.start()
        try:
            self.program.wait_for(self._is_up, "orchestrator", START_S)
            yield self
            # In order, so that what it did is measured.
            self.tell_workers()
            self.program.stop(STOP_S)
        finally:
            self.program.kill()
            self._end_workers()

    def _is_up(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(self.url("/readyz"), timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    async def kill(self) -> None:
        """-9: it can do nothing about it."""
        os.kill(self.program.pid, signal.SIGKILL)
        await asyncio.to_thread(self.program.kill)

    async def terminate(self, timeout_s: float = 60.0) -> int:
        """SIGTERM; the exit code."""
        return await asyncio.to_thread(self.program.stop, timeout_s)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()
        if kind is not None:
            sys.stdout.write(f"--- orchestrator\n{self.program.output()[-6000:]}\n")

    async def _end(self) -> None:
        await asyncio.to_thread(self.program.kill)
        self._end_workers()
        if self._http is not None:
            await self._http.close()

    def _end_workers(self) -> None:
        for one in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(one.identity.pid, signal.SIGKILL)

    def workers(self, name: str | None = None) -> list[Found]:
        """The processes that run, by the kernel's word."""
        found = find("LIVEDUB_CHILD_OF", str(self.state_dir.resolve()))
        return [one for one in found if name in (None, one.environ["WORKER_STREAM_ID"])]

    def pids(self, name: str | None = None) -> list[int]:
        return sorted(one.identity.pid for one in self.workers(name))

    # Asking

    def url(self, path: str) -> str:
        return f"http://{LOCAL}:{self.port}{path}"

    async def ask(self, method: str, path: str, body: object = None, **more: Any) -> tuple[int, Any]:
        """Status, and what the JSON says (or the text)."""
        headers = {**self.headers, **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        async with self.session.request(method, self.url(path), headers=headers, **more) as answer:
            text = await answer.text()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(text) if is_json else text

    async def stream(self, stream_id: str) -> dict[str, Any]:
        status, told = await self.ask("GET", f"/v1/streams/{stream_id}")
        assert status == 200, told
        found: dict[str, Any] = told
        return found

    async def ready(self, stream_id: str, source: str = "a", query: str = "") -> tuple[int, Any]:
        return await self._hook("ready", stream_id, source, query)

    async def not_ready(self, stream_id: str, source: str = "a") -> tuple[int, Any]:
        return await self._hook("not-ready", stream_id, source, "")

    async def until_stream(self, stream_id: str, timeout_s: float = 30.0, **fields: object) -> dict[str, Any]:
        """Until the API shows these of it."""
        found: dict[str, Any] = {}

        async def is_so() -> bool:
            _, told = await self.ask("GET", f"/v1/streams/{stream_id}")
            found.clear()
            found.update(told)
            return all(found.get(name, self) == value for name, value in fields.items())

        try:
            await until(is_so, timeout_s, f"{stream_id} with {fields}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}, but {found}") from None
        return found

    async def _hook(self, event: str, stream_id: str, source: str, query: str) -> tuple[int, Any]:
        body = {
            "path": f"live/{stream_id}/in",
            "query": query,
            "sourceType": "rtmpConn",
            "sourceId": source,
        }
        return await self.ask("POST", f"/v1/mediamtx/events/{event}", body)

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("it was not started")
        return self._http


async def until(ready: Callable[[], Any], timeout_s: float, what: str) -> None:
    """`ready` may be a coroutine function."""
    end = time.monotonic() + timeout_s
    while True:
        found = ready()
        if await found if asyncio.iscoroutine(found) else found:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"no {what} within {timeout_s} s")
        await asyncio.sleep(0.05)
