"""A place of a stage: an engine, the call that runs in it, and the task that brings another engine."""

import asyncio
import contextlib
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from dubbing_protocol import ErrorCode

from sts_service.engines import Engine, EngineError, EngineSettings, EngineSpec, NotHere
from sts_service.engines.host import Host, start
from sts_service.engines.host.backoff import Backoff
from sts_service.engines.host.memory import is_out_of_gpu_memory

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Engine)


_PROCESSOR_TIME = 2
"""The kernel's clock of all that a process has computed, by the process's id."""

SOON_NS = 1_000_000_000
"""An engine that is tried again later than this is not worth waiting for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: a value, or an error."""

    value: Any
    error: EngineError | None
    took_ms: int
    processor_s: float | None = None
    """That its process computed meanwhile; None where it has none of its own."""


class Place(Generic[E]):
    """One call at a time. `shares` its engine with other places: then a call is stopped by cancelling it."""

    def __init__(self, host: Host[E], *, shares: bool) -> None:
        self._host = host
        self._shares = shares
        self._backoff = Backoff()
        self._call: asyncio.Task[Outcome] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def is_broken(self) -> bool:
        """The engine has gone, or had better go."""
        return not self._shares and (self._host.is_gone or self._host.has_grown)

    def run(self, call: Callable[[E], Awaitable[Any]], ended: Callable[[Outcome], None]) -> None:
        """`ended` is called once, whatever happens."""
        self._call = asyncio.create_task(self._work(call))
        # Not at the end of the task's own work: one that is cancelled at once never begins.
        self._call.add_done_callback(partial(self._over, ended))

    def abandon(self) -> None:
        """The call is of no use any more. One in a process cannot be stopped, and goes on."""
        if self._shares and self._call:
            self._call.cancel()

    def replace(self, back: Callable[[], None], failed: Callable[[], None]) -> None:
        """Ends what runs here and brings another engine, however often it must be tried."""
        self._keeper = asyncio.create_task(self._keep(back, failed))

    async def close(self) -> None:
        """The engine itself is closed here only where it is not shared."""
        tasks = [task for task in (self._keeper, self._call if self._shares else None) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not self._shares:
            await self._host.close()
        if self._call:
            # Its process has ended, so only a caller's own code could keep it.
            self._call.cancel()
            await asyncio.gather(self._call, return_exceptions=True)

    async def _work(self, call: Callable[[E], Awaitable[Any]]) -> Outcome:
        began_ns, computed_s = time.monotonic_ns(), self._computed_s()
        value, error = None, None
        try:
            value = await call(self._host.engine)
        except EngineError as raised:
            error = raised
        except Exception as raised:
            error = _of(raised)
        if error and error.code is ErrorCode.GPU_OOM and self._shares and not self._host.is_gone:
            _free_memory(self._host.engine)
        took_ms = (time.monotonic_ns() - began_ns) // 1_000_000
        return Outcome(value, error, took_ms, _passed(computed_s, self._computed_s()))

    def _computed_s(self) -> float | None:
        """By the engine's process, all its threads, since its start."""
        pid = None if self._shares else self._host.pid
        if pid is None:
            return None
        with contextlib.suppress(OSError):
            return time.clock_gettime((~pid << 3) | _PROCESSOR_TIME)
        return None

    def _over(self, ended: Callable[[Outcome], None], task: asyncio.Task[Outcome]) -> None:
        self._call = None
        if not self.is_broken:
            self._backoff.worked()
        ended(Outcome(None, _stopped(), 0) if task.cancelled() else task.result())

    async def _keep(self, back: Callable[[], None], failed: Callable[[], None]) -> None:
        if self._shares:
            if self._call:
                self._call.cancel()
                await asyncio.wait({self._call})
            back()
            return
        await self._host.end()
        while True:
            wait_ns = self._backoff.next_ns()
            if wait_ns > SOON_NS:
                failed()
            await asyncio.sleep(wait_ns / 1e9)
            try:
                await self._host.replace()
            except NotHere as error:
                log.error("engine does not start again: %s", error)
                failed()
            else:
                break
        if self._call:  # its process is gone, so it comes to its end
            self._call.cancel()
            await asyncio.wait({self._call})
        back()


async def made(
    count: int, spec: EngineSpec[E], settings: EngineSettings, ready_timeout_s: float
) -> list[Host[E]]:
    """Their hosts; all of them or none. Raises `NotHere`."""
    starts = [
        asyncio.create_task(start(spec, settings, ready_timeout_s=ready_timeout_s)) for _ in range(count)
    ]
    try:
        return list(await asyncio.gather(*starts))
    except BaseException:
        for task in starts:
            task.cancel()
        ended = await asyncio.gather(*starts, return_exceptions=True)
        await asyncio.gather(*(host.close() for host in ended if isinstance(host, Host)))
        raise


def _passed(before_s: float | None, now_s: float | None) -> float | None:
    """None too where another process is in the place of the one that began."""
    return None if before_s is None or now_s is None or now_s < before_s else now_s - before_s


def _stopped() -> EngineError:
    return EngineError(ErrorCode.MODEL_ERROR, "the engine was stopped")


def _of(raised: Exception) -> EngineError:
    """Nothing else may escape a stage. The text of it may quote speech, and stays here."""
    if is_out_of_gpu_memory(raised):
        return EngineError(ErrorCode.GPU_OOM, "out of GPU memory")
    frames = "".join(traceback.format_tb(raised.__traceback__)).rstrip()
    log.error("a call raised %s:\n%s", type(raised).__name__, frames)
    return EngineError(ErrorCode.MODEL_ERROR, f"the engine raised {type(raised).__name__}")


def _free_memory(engine: Any) -> None:
    free = getattr(engine, "free_memory", None)
    if free is None:
        return
    try:
        free()
    except Exception as error:
        log.warning("engine did not free memory: %s", type(error).__name__)
