"""Serving from start to end: the processes, their log, the signals."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_service.config.urls import concealer
from media_service.orchestrator.workers.log_files import bound
from service_kit.settings import SettingError

from livedub.dub.log import Log
from livedub.dub.plan import Service
from livedub.dub.speech import EmbeddedService
from livedub.dub.stop import Stop
from livedub.errors import first_cause
from livedub.serve import plan
from livedub.serve.room import ControlRoom
from livedub.settings import ConfigFile, ServeSettings

LOG_NAME = "livedub.log"
BOUND_EVERY_S = 60.0
NOWHERE = Service("http://127.0.0.1:1", None)
"""Stands for the service that is not yet started when the settings are checked."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Served:
    """What runs."""

    page: str
    room: ControlRoom
    embedded: EmbeddedService | None

    async def keep(self, say: Say) -> None:
        """Until cancelled: whatever ends by itself is started again. Raises where no engine can speak."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.room.keep(say))
            if self.embedded is not None:
                group.create_task(self.embedded.keep(say))
                await self.embedded.until_ready()
                say(f"speech service ready: {told(self.embedded.engines)}")


def told(engines: Mapping[str, str]) -> str:
    return ", ".join(f"{stage} {name}" for stage, name in engines.items())


def check(settings: ServeSettings, file: ConfigFile, environ: Mapping[str, str]) -> None:
    """Raises `SettingError`."""
    plan.check(plan.orchestrator_variables(settings, file, environ, _given(settings) or NOWHERE))


@contextlib.asynccontextmanager
async def serving(
    settings: ServeSettings, file: ConfigFile, environ: Mapping[str, str], log: Log
) -> AsyncIterator[Served]:
    """The page is there, the speech service loads its engines; at the end all is gone. Raises `Failed`."""
    async with contextlib.AsyncExitStack() as held:
        service, embedded = _given(settings), None
        if service is None:
            embedded = EmbeddedService(file, environ, log, fast=False)
            held.push_async_callback(embedded.end)
            await embedded.start()
            service = embedded.service
        room = ControlRoom(plan.orchestrator_variables(settings, file, environ, service), log)
        # Ends before the speech service does: what the workers play out is still dubbed.
        held.push_async_callback(room.end, settings.stop_s)
        await room.start()
        bounding = asyncio.create_task(_bound(log, settings.log_most_mb << 20))
        held.callback(bounding.cancel)
        yield Served(room.url, room, embedded)


async def serve(settings: ServeSettings, file: ConfigFile, environ: Mapping[str, str], say: Say) -> None:
    """Until told to stop. Raises `SettingError`, a `Failed`, or `Stopped` by a second signal."""
    check(settings, file, environ)
    secrets = [key for key in (settings.token, settings.hook_token, settings.sts_key) if key]
    conceal = concealer([settings.sts] if settings.sts else [], secrets)
    stopping = asyncio.Event()
    runs = False

    def ask() -> bool:
        if runs:
            say("stopping: what is buffered plays out; once more stops at once")
            stopping.set()
        return runs

    with Log(settings.log or str(_log_file(settings))) as log, Stop(ask).heeded():
        async with serving(settings, file, environ, log) as served:
            runs = True
            say(f"control room: {served.page}/")
            say(f"what is published as {settings.ingest_path} appears there; log: {log.path}")
            await until(stopping, served.keep(lambda line: say(conceal(line))))


async def until(stopping: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Works until told to stop, or until the work has failed, which is raised."""
    working, waiting = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
    except BaseExceptionGroup as several:
        raise first_cause(several) from several
    finally:
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


def _log_file(settings: ServeSettings) -> Path:
    folder = Path(settings.state_dir)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"--state-dir: {folder}: cannot be made: {error.strerror}") from None
    return folder / LOG_NAME


async def _bound(log: Log, most_bytes: int) -> None:
    while True:
        await asyncio.sleep(BOUND_EVERY_S)
        await asyncio.to_thread(bound, log.path, most_bytes)


def _given(settings: ServeSettings) -> Service | None:
    return None if settings.sts is None else Service(settings.sts, settings.sts_key)
