"""The server's side of one engine process: started, asked, ended; it never comes back."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from dubbing_protocol import ErrorCode
from service_kit.logs import named

from sts_service.engines.errors import EngineError, NotHere
from sts_service.engines.host.exit import ended
from sts_service.engines.host.growth import Growth
from sts_service.engines.host.link import Link
from sts_service.engines.host.messages import Begin, Call, Close, Failure, Ready, Unable, Value
from sts_service.engines.host.output import Output
from sts_service.engines.host.wire import LinkBroken, Unsendable, Unwelcome

log = logging.getLogger(__name__)

CLOSE_S = 3.0
"""How long an engine may take to close before its process is killed."""


class EngineProcess:
    """Answers one call at a time; a call that is given up in the middle costs the process."""

    def __init__(self, engine: str, process: subprocess.Popen[bytes], link: Link, output: Output) -> None:
        self._engine = engine
        self._process = process
        self._link = link
        self._output = output
        self._turn = asyncio.Lock()
        self._growth = Growth()
        self._exited = asyncio.Event()
        self._expected = False
        self.on_gone: Callable[[], None] | None = None
        """Called once, when the process has ended, for whatever reason."""
        self.has_grown = False
        """It holds so much more memory than it needs that it should be replaced."""
        self._watch = asyncio.create_task(self._watched())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_gone(self) -> bool:
        return self._exited.is_set()

    @property
    def ending(self) -> str:
        """How it ended, once it has."""
        code = self._process.returncode
        if code is None:
            return "still running"
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"killed by {signal.Signals(-code).name}"
        return f"with status {code}"

    async def begin(self, begin: Begin, ready_timeout_s: float) -> None:
        """Has the engine made. Raises `NotHere`."""
        try:
            async with asyncio.timeout(ready_timeout_s):
                reply = await self._link.exchange(begin)
        except TimeoutError:
            raise NotHere(f"not ready within {ready_timeout_s:g} s of its start") from None
        except LinkBroken:
            await self.kill()
            raise NotHere(f"its process ended while it started, {self.ending}{self._last_words()}") from None
        except (Unwelcome, Unsendable) as error:
            raise NotHere(f"its process: {error}") from None
        if not isinstance(reply, Ready):
            raise NotHere(reply.why if isinstance(reply, Unable) else "its process said what was not asked")
        self._output.quieten()

    async def call(self, method: str, arguments: tuple[Any, ...], named_ones: Mapping[str, Any]) -> Any:
        """What the engine gives. Raises `EngineError`."""
        async with self._turn:
            try:
                if self.is_gone:
                    raise LinkBroken("the process has ended")
                reply = await self._link.exchange(Call(method, arguments, named_ones))
            except (Unsendable, Unwelcome) as error:
                raise EngineError(ErrorCode.MODEL_ERROR, f"the engine's process: {error}") from None
            except LinkBroken:
                self._signal()
                await self._exited.wait()
                what = f"the engine's process ended, {self.ending}"
                raise EngineError(ErrorCode.MODEL_ERROR, what) from None
            except BaseException:
                self._signal()  # its answer would be taken for the next call's
                raise
        match reply:
            case Value(value, held_bytes):
                self.has_grown = self._growth.too_much(held_bytes)
                return value
            case Failure(code, message, retryable, held_bytes, frames):
                self.has_grown = self._growth.too_much(held_bytes)
                if frames:
                    log.warning("%s:\n%s", message, frames.rstrip(), extra=self._names())
                raise EngineError(code, message, retryable=retryable)
        self._signal()
        raise EngineError(ErrorCode.MODEL_ERROR, "the engine's process said what was not asked")

    async def close(self) -> None:
        """Lets the engine close, within bounds; a call that still runs is not waited for."""
        self._expected = True
        if not self._turn.locked() and not self.is_gone:
            with contextlib.suppress(TimeoutError, LinkBroken):
                async with asyncio.timeout(CLOSE_S):
                    await self._link.send(Close())
                    await self._exited.wait()
        await self.kill()

    async def kill(self) -> None:
        """It is gone when this returns."""
        self._expected = True
        self._signal()
        await asyncio.shield(self._watch)

    def _signal(self) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                # With what it has started: it leads a session of its own.
                os.killpg(self.pid, signal.SIGKILL)

    async def _watched(self) -> None:
        await ended(self._process)
        self._exited.set()
        self._link.hang_up()
        async with self._turn:
            self._link.close()
        self._output.close()
        if not self._expected:
            log.warning("engine process ended, %s", self.ending, extra=self._names())
        if self.on_gone:
            self.on_gone()

    def _last_words(self) -> str:
        """Of one that gave up by itself; where it was killed they say nothing."""
        code = self._process.returncode
        return (
            f": {self._output.last_line}" if code is not None and code > 0 and self._output.last_line else ""
        )

    def _names(self) -> dict[str, dict[str, object]]:
        return named(engine=self._engine, pid=self.pid)
