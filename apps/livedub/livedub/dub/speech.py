"""A speech service of our own, on a free port of this machine, with a key that only we know."""

import asyncio
import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from livedub.dub.children import Child
from livedub.dub.kept import keep_running
from livedub.dub.log import Log
from livedub.dub.plan import Service, service_variables
from livedub.errors import OurFault, SettingsWrong, SpeechServiceFailed
from livedub.settings import ConfigFile

COMMAND = (sys.executable, "-P", "-m", "sts_service.full")
READY_S = 600.0
"""For models to load; far longer than any takes."""
ASK_EVERY_S = 0.2
END_S = 12.0
"""It finishes what is in flight, within 10 s."""
NAME = "the speech service"
_LISTENING = re.compile(r"listening on http://127\.0\.0\.1:(\d+)$")
_TRYING = "still being tried"


class EmbeddedService:
    """As a context: started and ready. `fast`: for a file, which waits for it, and is lost without it."""

    def __init__(self, file: ConfigFile, environ: Mapping[str, str], log: Log, *, fast: bool) -> None:
        self._file = file
        self._environ = environ
        self._log = log
        self._fast = fast
        self._key = secrets.token_urlsafe(24)
        self._child: Child | None = None
        self._port = 0
        self.engines: dict[str, str] = {}
        """Who serves each stage."""

    @property
    def service(self) -> Service:
        return Service(f"http://127.0.0.1:{self._port}", self._key)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
            await self.until_ready()
        except BaseException:
            await self.end(0)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.end(END_S if kind is None else 0)

    async def keep(self, say: Callable[[str], None]) -> None:
        """Until cancelled. Without a clock its loss is the end, and raises; a live stream gets it back."""
        if self._fast:
            code = await self._running().ended()
            raise SpeechServiceFailed(f"{NAME} ended by itself ({code})")
        await keep_running(NAME, lambda: self._running().ended(), self.start, say)

    async def start(self) -> None:
        """It listens when this returns, and need not be ready. Raises a `Failed`."""
        variables = service_variables(
            self._file, self._environ, key=self._key, port=self._port, fast=self._fast
        )
        listening = asyncio.Event()

        def heard(line: str) -> None:
            if found := _LISTENING.search(line):
                self._port = int(found[1])
                listening.set()

        self._child = await Child.start(COMMAND, variables, self._log.file, heard)
        waiting = asyncio.create_task(listening.wait())
        ending = asyncio.create_task(self._child.ended())
        try:
            await asyncio.wait((waiting, ending), timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            ending.cancel()
        if not listening.is_set():
            problem = f"speech service: {self._log.reason() or 'it did not start'}"
            if ending.done() and ending.result() == SettingsWrong.exit_code:
                raise SettingsWrong(problem)
            raise SpeechServiceFailed(problem)

    async def until_ready(self) -> None:
        """Every stage has an engine. Raises `SpeechServiceFailed` where one never will."""
        end = time.monotonic() + READY_S
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
            while time.monotonic() < end:
                if not self._running().is_running:
                    raise SpeechServiceFailed("the speech service ended while it was started")
                told = await _readiness(http, self.service.url)
                if told is not None and told["ready"]:
                    self.engines = {stage: post["engine"] for stage, post in told["engines"].items()}
                    return
                if told is not None and (why := _hopeless(told)):
                    raise SpeechServiceFailed(f"speech service: {why}")
                await asyncio.sleep(ASK_EVERY_S)
        raise SpeechServiceFailed("the speech service was not ready in time")

    async def end(self, grace_s: float = END_S) -> None:
        if self._child is not None:
            await self._child.end(grace_s)

    def _running(self) -> Child:
        if self._child is None:
            raise OurFault("the speech service was not started")
        return self._child


async def reachable(url: str) -> None:
    """Somebody else's service: raises `SpeechServiceFailed` where nobody answers."""
    http_url = re.sub(r"^ws", "http", url.rstrip("/"))
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http,
            http.get(f"{http_url.removesuffix('/socket.io')}/health"),
        ):
            pass  # whatever it answers, it is there
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        from media_service.config import mask

        raise SpeechServiceFailed(
            f"the speech service at {mask(url)} cannot be reached ({type(error).__name__})"
        ) from None


async def _readiness(http: aiohttp.ClientSession, url: str) -> dict[str, Any] | None:
    try:
        async with http.get(f"{url}/ready") as answer:
            told: dict[str, Any] = await answer.json()
            return told
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None


def _hopeless(told: Mapping[str, Any]) -> str | None:
    """Why it never will be ready, once every engine has been tried."""
    posts = told.get("engines", {}).items()
    if any(_TRYING in str(post["why"]) for _, post in posts):
        return None
    return "; ".join(f"{stage}: {post['why']}" for stage, post in posts if post["engine"] is None) or None
