"""The process around a session: what it is given before the stream, and its exit code."""

import asyncio
import faulthandler
import logging
import signal

from service_kit.memory import settle
from service_kit.threads import have_threads
from service_kit.tracing import CLOSE_S, start

from media_service.config.logs import named
from media_service.config.settings import WorkerSettings
from media_service.errors import OurFault, WorkerError
from media_service.worker.session import Session

log = logging.getLogger("media_service.worker")

TELLS_WHERE_IT_STANDS = signal.SIGUSR1
"""Also where it hangs: where each of its threads is goes to standard error."""


def run_worker(settings: WorkerSettings, run_id: str) -> int:
    """The process: its exit code. Logging has begun."""
    faulthandler.enable()
    faulthandler.register(TELLS_WHERE_IT_STANDS)
    tracer = start(
        settings.trace_endpoint, settings.trace_ratio, service="livedub-worker", instance=settings.instance_id
    )
    settle()

    async def live() -> None:
        have_threads()
        await Session(settings, run_id, tracer=tracer).run()

    try:
        asyncio.run(live())
    except WorkerError as error:
        log.error("%s", error, extra=named(detail=error.detail or None, exitCode=error.exit_code))
        return error.exit_code
    except Exception:
        log.exception("our own fault")
        return OurFault.exit_code
    finally:
        tracer.close(CLOSE_S)
    log.info("ended", extra=named(exitCode=0))
    return 0
