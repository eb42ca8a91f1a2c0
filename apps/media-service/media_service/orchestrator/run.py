"""The process: what is opened, what runs, what is closed, in this order; signals, and the exit code."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from service_kit.logs import configure

from media_service.orchestrator.control.arrivals import Arrivals
from media_service.orchestrator.control.assignment import shared
from media_service.orchestrator.control.changes import Gate
from media_service.orchestrator.control.house import House
from media_service.orchestrator.control.roster import Roster
from media_service.orchestrator.control.secrets import Secrets
from media_service.orchestrator.errors import OrchestratorError, SettingsWrong
from media_service.orchestrator.http.app import make_app
from media_service.orchestrator.lock import only_one
from media_service.orchestrator.login.door import Door
from media_service.orchestrator.login.session import secret_of
from media_service.orchestrator.names.allowed import Allowed
from media_service.orchestrator.settings import PROG, OrchestratorSettings
from media_service.orchestrator.speech.asking import Speech
from media_service.orchestrator.store.store import Store
from media_service.orchestrator.web import WebServer, listen, url
from media_service.orchestrator.workers.crew import Crew
from media_service.orchestrator.workers.launch import COMMAND, Launcher

EXIT_OK = 0
EXIT_FAULT = 70
FIRST_LOOK_S = 2.0

log = logging.getLogger("media_service.orchestrator")


def run(settings: OrchestratorSettings, command: tuple[str, ...] = COMMAND) -> int:
    """Until SIGTERM or SIGINT; the exit code. `command` starts a worker."""
    secrets = Secrets(
        [
            url
            for url in (
                settings.sts_service_url,
                settings.ingest_url,
                settings.output_url,
                settings.mediamtx_api,
            )
            if url
        ],
        [word for word in (settings.token, settings.hook_token, settings.sts_api_key) if word],
    )
    configure("media_service", settings.log_level, settings.log_format, conceal=secrets.conceal)
    state_dir = Path(settings.state_dir).resolve()
    try:
        with only_one(state_dir), listen(settings.host, settings.port) as listener:
            roster = make_roster(settings, state_dir, command, secrets)
            asyncio.run(_live(roster, listener))
    except SettingsWrong as error:
        sys.stderr.write(f"{PROG}: {error}\n")
        return error.exit_code
    except OrchestratorError as error:
        sys.stderr.write(f"{PROG}: {error}\n")
        return EXIT_FAULT
    except Exception:
        log.exception("our own fault")
        return EXIT_FAULT
    return EXIT_OK


def make_roster(
    settings: OrchestratorSettings, state_dir: Path, command: tuple[str, ...], secrets: Secrets
) -> Roster:
    launcher = Launcher(state_dir, shared(settings), command)
    gate = Gate(Allowed(settings.allow_inputs), Allowed(settings.allow_outputs))
    house = House(
        settings=settings,
        crew=Crew(launcher, log_most_bytes=settings.log_most_mb << 20),
        gate=gate,
        door=Door(settings.token, settings.hook_token, secret_of(state_dir)),
        speech=Speech(settings.sts_service_url),
    )
    return Roster(house, Store(state_dir / "livedub.sqlite3"), secrets)


async def _live(roster: Roster, listener: socket.socket) -> None:
    settings = roster.house.settings
    arrivals = Arrivals(roster)
    server = WebServer(make_app(roster, arrivals))
    async with _signals(roster) as stop:
        try:
            await roster.open()
            if settings.mediamtx_api is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FIRST_LOOK_S):
                        await arrivals.look(settings.mediamtx_api)
            async with asyncio.TaskGroup() as group:
                background = [group.create_task(roster.run()), group.create_task(roster.house.speech.run())]
                if settings.mediamtx_api is not None:
                    background.append(group.create_task(arrivals.reconcile(settings.mediamtx_api)))
                serving = group.create_task(server.serve(sockets=[listener]))
                background.append(group.create_task(_announce(server, listener)))
                await stop.wait()
                # Whoever listens to events goes home, or the server would wait for them.
                roster.house.feed.close()
                server.should_exit = True
                await serving
                for task in background:
                    task.cancel()
            if settings.on_exit == "stop":
                await roster.end()
        finally:
            await roster.close()


async def _announce(server: WebServer, listener: socket.socket) -> None:
    await server.accepts.wait()
    log.info("listening on %s", url(listener))
    sys.stdout.write(f"{PROG}: listening on {url(listener)}\n")
    sys.stdout.flush()


@contextlib.asynccontextmanager
async def _signals(roster: Roster) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked(name: str) -> None:
        if stop.is_set():
            log.warning("%s again: workers are killed", name)
            roster.kill()
        else:
            log.info("%s: ending", name)
            stop.set()

    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, asked, number.name)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
