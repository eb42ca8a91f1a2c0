"""One dubbing from start to end: the processes, the signals, what is shown and written."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Mapping

from media_service.config import mask
from media_service.config.urls import concealer

from livedub.dub import lines, plan
from livedub.dub.events import Slot
from livedub.dub.length import duration_s
from livedub.dub.lines import Report
from livedub.dub.log import Log
from livedub.dub.papers import Papers
from livedub.dub.plan import Service
from livedub.dub.screen import Screen
from livedub.dub.speech import EmbeddedService, reachable
from livedub.dub.stop import Stop, Stopped
from livedub.dub.tally import Tally
from livedub.dub.worker import Worker
from livedub.errors import SpeechServiceFailed
from livedub.settings import DubSettings, Reading

SHOWN_EVERY_S = 0.25
ASKED_EVERY_S = 1.0
NOWHERE = Service("http://127.0.0.1:1", None)
"""Stands for the service that is not yet started when the settings are checked."""


class Dubbing:
    """`run` is the whole life."""

    def __init__(self, reading: Reading[DubSettings], environ: Mapping[str, str], screen: Screen) -> None:
        self._settings = reading.settings
        self._file = reading.file
        self._environ = environ
        self._screen = screen
        self._fast = plan.is_fast(self._settings)
        self._token = secrets.token_urlsafe(24)
        self._stream_id = f"dub-{secrets.token_hex(4)}"
        settings = self._settings
        urls = [url for url in (settings.input, settings.output, settings.sts) if url]
        self._conceal = concealer(urls, [settings.sts_key] if settings.sts_key else [])
        self._tally = Tally()
        self._papers = Papers(settings, self._say)
        self._worker: Worker | None = None
        self._stop = Stop(self._ask_to_end)

    async def run(self) -> Report:
        """Raises `SettingError`, a `Failed`, or `Stopped` where a file is not done."""
        given = None if self._settings.sts is None else Service(self._settings.sts, self._settings.sts_key)
        plan.check(self._variables(given or NOWHERE))
        media_s = duration_s(self._settings.input)
        with Log(self._settings.log) as log, self._stop.heeded():
            begun = time.monotonic()
            try:
                engines, ready = await self._dub(log, media_s)
            finally:
                self._papers.close()
            if self._fast:
                self._check_whole()
        return self._report(time.monotonic() - ready, ready - begun, media_s if self._fast else None, engines)

    def _check_whole(self) -> None:
        """Of a file, a part is not enough, nor is the original."""
        if self._stop.told is not None:
            raise Stopped(self._stop.told)
        tally = self._tally
        if tally.fragments and tally.fragments == tally.heard["original"]:
            raise SpeechServiceFailed(f"nothing was dubbed: {tally.why_original()}")

    async def _dub(self, log: Log, media_s: float | None) -> tuple[Mapping[str, str], float]:
        """The engines, and when the speech service was ready."""
        async with contextlib.AsyncExitStack() as held:
            keeping: asyncio.Task[None] | None = None
            engines: Mapping[str, str] = {}
            if self._settings.sts is None:
                self._screen.status("starting the speech service")
                embedded = await held.enter_async_context(
                    EmbeddedService(self._file, self._environ, log, fast=self._fast)
                )
                service, engines = embedded.service, embedded.engines
                told = ", ".join(f"{stage} {name}" for stage, name in engines.items())
                self._screen.say(f"speech service ready: {told}")
                keeping = asyncio.create_task(embedded.keep(self._say))
                held.callback(keeping.cancel)
            else:
                service = Service(self._settings.sts, self._settings.sts_key)
                if self._fast:
                    await reachable(service.url)
            ready = time.monotonic()
            self._papers.open()
            worker = await held.enter_async_context(Worker(self._variables(service), self._token, log))
            self._worker = worker
            await self._watch(worker, keeping, media_s)
        return engines, ready

    async def _watch(self, worker: Worker, keeping: asyncio.Task[None] | None, media_s: float | None) -> None:
        """Until the worker has ended."""
        following = asyncio.create_task(self._follow(worker))
        showing = asyncio.create_task(self._show(worker, media_s))
        ending = asyncio.create_task(worker.ended())
        tasks = [ending, *([keeping] if keeping is not None else [])]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if keeping is not None and keeping.done():
                await keeping
            await ending
            # What the worker said last is read to its end.
            await asyncio.wait([following], timeout=5)
        finally:
            for task in (ending, showing, following):
                task.cancel()
            await asyncio.gather(ending, showing, following, return_exceptions=True)

    async def _follow(self, worker: Worker) -> None:
        async for told in worker.events():
            if not self._tally.tell(told):
                continue
            if isinstance(told.event, Slot):
                self._papers.add(told.event)
            elif not self._fast:
                self._say(lines.changed(told.event.what, told.event.to, told.event.reason))

    async def _show(self, worker: Worker, media_s: float | None) -> None:
        begun = asked = time.monotonic()
        delay_ms: int | None = None
        while True:
            now = time.monotonic()
            if self._fast and media_s is not None:
                self._screen.status(lines.bar(self._tally, media_s, now - begun))
            else:
                if now - asked >= ASKED_EVERY_S:
                    asked, status = now, await worker.status()
                    delay_ms = status["delay_ms"] if status is not None else delay_ms
                self._screen.status(lines.live(self._tally, now - begun, delay_ms))
            await asyncio.sleep(SHOWN_EVERY_S)

    def _ask_to_end(self) -> bool:
        if self._worker is None:
            return False
        self._say("stopping: what is buffered plays out; once more stops at once")
        self._worker.ask_to_end()
        return True

    def _say(self, line: str) -> None:
        self._screen.say(self._conceal(line))

    def _variables(self, service: Service) -> dict[str, str]:
        return plan.worker_variables(
            self._settings,
            self._file,
            self._environ,
            service,
            stream_id=self._stream_id,
            control_token=self._token,
        )

    def _report(
        self, took_s: float, started_s: float, media_s: float | None, engines: Mapping[str, str]
    ) -> Report:
        settings, tally = self._settings, self._tally
        return Report(
            input=mask(settings.input),
            output=mask(settings.output),
            source_language=settings.source_language,
            target_language=settings.target_language,
            took_s=round(took_s, 3),
            started_s=round(started_s, 3),
            media_s=media_s,
            fragments=dict(tally.heard),
            reasons=dict(tally.reasons),
            engines=dict(engines),
            captions=settings.captions,
            transcript=settings.transcript,
            missed_events=tally.missed,
        )
