"""tests/js/worker.mjs as a process, and what it hears as an inbox, judged like that of every other worker."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from wire.inbox import Arrival, Inbox
from wire.verdict import Conversation

SCRIPT = Path(__file__).resolve().parents[4] / "tests/js/worker.mjs"

LINE_LIMIT = 32 * 1024 * 1024
"""Of one printed event, audio and all."""

EXIT_TIMEOUT_S = 25.0


class JsWorker(Inbox):
    """Hears the server's events, and the client's own, whose names begin with `@`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__()
        self.told_at_ms: list[tuple[str, Any, float]] = []
        """Event, payload, and the moment on the client's own clock."""
        self._process = process
        self._reader = asyncio.create_task(self._read())

    async def finish(self) -> None:
        """It has come to its end by itself, without complaint."""
        async with asyncio.timeout(EXIT_TIMEOUT_S):
            await self._reader
            status = await self._process.wait()
        assert self._process.stderr is not None
        complaint = (await self._process.stderr.read()).decode()
        assert (status, complaint) == (0, ""), complaint + self.heard()

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await asyncio.wait_for(self._process.wait(), EXIT_TIMEOUT_S)
        await asyncio.wait_for(self._reader, EXIT_TIMEOUT_S)

    def times_ms(self, event: str) -> dict[str, float]:
        """When it came, for each fragment."""
        return {payload["fragment_id"]: at_ms for name, payload, at_ms in self.told_at_ms if name == event}

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for text in self._process.stdout:
            line = json.loads(text, object_hook=_with_bytes)
            self._hear(line["event"], line["args"], line["at_ms"])
        self.receive_end()

    def _hear(self, event: str, arguments: list[Any], at_ms: float) -> None:
        payload = arguments[0] if arguments else None
        self.told_at_ms.append((event, payload, at_ms))
        if not event.startswith("@"):
            self.receive(event, tuple(arguments))
            return
        if event == "@connect":
            self.conversation = Conversation("the JavaScript worker")
        arrival = Arrival(event, payload, asyncio.get_running_loop().time())
        self.arrivals.append(arrival)
        self._unread.append(arrival)
        self._news.set()


@contextlib.asynccontextmanager
async def js_worker(url: str, **options: Any) -> AsyncIterator[JsWorker]:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        url,
        json.dumps(options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_LIMIT,
    )
    worker = JsWorker(process)
    try:
        yield worker
    finally:
        await worker.stop()


def _with_bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if value.keys() == {"$bytes"} else value
