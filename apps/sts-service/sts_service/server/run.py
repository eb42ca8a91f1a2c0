"""A service as a process: settings, logs, signals, exit codes."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import uvloop
from service_kit.logs import configure
from service_kit.memory import give_back, settle
from service_kit.settings import SettingError

from sts_service.server.app import StsApp
from sts_service.server.settings import ServerSettings
from sts_service.server.web import listen, serve, url

EXIT_OK = 0
EXIT_SETTINGS = 2

LOG_ROOT = "sts_service"
"""Whose lines are shown from the level on."""

TIDY_EVERY_S = 2.0
"""How soon the memory of connections that are gone is given back."""

log = logging.getLogger(__name__)

T = TypeVar("T", bound=ServerSettings)


def main(
    table: type[T],
    make_app: Callable[[T], StsApp],
    *,
    prog: str,
    description: str,
    arguments: Sequence[str] | None = None,
) -> int:
    """Runs the service until SIGTERM or SIGINT; the exit code."""
    try:
        settings = table.load(
            sys.argv[1:] if arguments is None else arguments, os.environ, prog=prog, description=description
        )
        configure(LOG_ROOT, settings.log_level, settings.log_format)
        app = make_app(settings)
    except SettingError as error:
        sys.stderr.write(f"{prog}: {error}\n")
        return EXIT_SETTINGS
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        sys.stderr.write(f"{prog}: HOST, PORT: cannot listen on {address}: {error.strerror}\n")
        return EXIT_SETTINGS
    if settings.sts_api_key is None:
        log.warning("STS_API_KEY is not set: anybody who can reach this port can use it")
    settle()
    with listener, contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_run(app, listener, prog))
    return EXIT_OK


async def _run(app: StsApp, listener: socket.socket, prog: str) -> None:
    started, stop = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask_to_stop(name: str) -> None:
        if stop.is_set():
            log.warning("%s again: stopping at once", name)
            os._exit(EXIT_OK)
        log.info("%s: finishing what is in flight", name)
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, ask_to_stop, signum.name)

    async def announce() -> None:
        await started.wait()
        sys.stdout.write(f"{prog}: listening on {url(listener)}\n")
        sys.stdout.flush()

    async def tidy() -> None:
        tidied = 0
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            if app.departures != tidied:
                tidied = app.departures
                give_back()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(announce())
        tidier = tasks.create_task(tidy())
        await serve(app, listener, started, stop)
        tidier.cancel()
