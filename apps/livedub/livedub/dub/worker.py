"""The worker as a process, and its events as they come."""

import asyncio
import contextlib
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from livedub.dub.children import Child
from livedub.dub.events import Feed, Told
from livedub.dub.log import Log
from livedub.dub.plan import in_our_words
from livedub.errors import OurFault, failure

# -P: what lies in the folder where somebody dubs a file is none of Python's business.
COMMAND = (sys.executable, "-P", "-m", "media_service.worker")
AGAIN_S = 0.2
_PORT = re.compile(r"^port (\d+)$")


class Worker:
    """As a context: started. Killed at its end, where it has not ended by itself."""

    def __init__(self, variables: Mapping[str, str], token: str, log: Log) -> None:
        self._variables = variables
        self._headers = {"Authorization": f"Bearer {token}"}
        self._log = log
        self._child: Child | None = None
        self._asked = False
        self._http = aiohttp.ClientSession(headers=self._headers)
        self._port: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        try:
            self._child = await Child.start(COMMAND, self._variables, self._log.file, self._heard)
        except BaseException:
            await self._http.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()
        await self._running().end(0)

    async def ended(self) -> None:
        """Returns when it has done its work; raises what its exit code says."""
        code = await self._running().ended()
        if code == -signal.SIGTERM and self._asked:
            return  # it was asked before it could listen to signals
        if code:
            reason = self._log.reason()
            raise failure(code, in_our_words(reason) if reason else f"the worker ended with {code}")

    def ask_to_end(self) -> None:
        """What is buffered plays out; a second time it ends at once."""
        self._asked = True
        self._running().ask_to_end()

    async def events(self) -> AsyncIterator[Told]:
        """Until the worker is over. An event may come twice after a hiccup; the ids tell."""
        port, last_id = await self._port, "none-0"
        while self._running().is_running:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with self._http.get(
                    f"http://127.0.0.1:{port}/v1/events",
                    headers={"Last-Event-ID": last_id},
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
                ) as answer:
                    feed = Feed()
                    async for data in answer.content.iter_any():
                        for told in feed.take(data):
                            last_id = told.id
                            yield told
            await asyncio.sleep(AGAIN_S)

    async def status(self) -> Mapping[str, Any] | None:
        """Where it stands; None where it does not say."""
        if not self._port.done():
            return None
        try:
            async with self._http.get(
                f"http://127.0.0.1:{self._port.result()}/v1/status", timeout=aiohttp.ClientTimeout(total=2)
            ) as answer:
                told: Mapping[str, Any] = await answer.json()
                return told
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    def _heard(self, line: str) -> None:
        if (found := _PORT.match(line)) and not self._port.done():
            self._port.set_result(int(found[1]))

    def _running(self) -> Child:
        if self._child is None:
            raise OurFault("the worker was not started")
        return self._child
