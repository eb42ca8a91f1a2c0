"""Where an engine lives: in a process of its own, or on the loop beside the server. Both are used alike."""

import asyncio
import dataclasses
import logging
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar, cast

from service_kit.logs import named

from sts_service.engines.errors import NotHere
from sts_service.engines.host import process
from sts_service.engines.host.address import written
from sts_service.engines.host.messages import Begin
from sts_service.engines.host.process import CLOSE_S, EngineProcess
from sts_service.engines.settings import EngineSettings
from sts_service.engines.spec import Engine, EngineSpec

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Engine)


class Host(ABC, Generic[E]):
    """One engine that can be replaced by a new one of the same kind."""

    on_gone: Callable[[], None] | None = None
    """Called when the engine has gone without being asked to."""

    @property
    @abstractmethod
    def engine(self) -> E:
        """That of now: one taken before `replace` is of no use after it."""

    @property
    def is_gone(self) -> bool:
        """There is no engine until `replace` has brought one."""
        return False

    @property
    def has_grown(self) -> bool:
        """It should be replaced when nothing runs."""
        return False

    @property
    def pid(self) -> int | None:
        """Of the engine's process, where it has one of its own."""
        return None

    @abstractmethod
    async def end(self) -> None:
        """Ends the engine at once, whatever it does."""

    @abstractmethod
    async def replace(self) -> None:
        """Ends the engine, whatever it does, and makes another. Raises `NotHere`; it may be tried again."""

    @abstractmethod
    async def close(self) -> None:
        """Lets the engine give back what it holds, within bounds, and ends it."""


async def start(spec: EngineSpec[E], settings: EngineSettings, *, ready_timeout_s: float) -> Host[E]:
    """An engine ready for calls. Raises `NotHere`."""
    host: _ProcessHost[E] | _LoopHost[E]
    host = (
        _LoopHost(spec, settings)
        if spec.card.home == "loop"
        else _ProcessHost(spec, settings, ready_timeout_s)
    )
    await host.replace()
    return host


class _ProcessHost(Host[E]):
    def __init__(self, spec: EngineSpec[E], settings: EngineSettings, ready_timeout_s: float) -> None:
        self._card = spec.card
        self._spec = written(spec)
        # Of the service's own settings only what engines read: the rest is none of the process's business.
        rows = {field.name: getattr(settings, field.name) for field in dataclasses.fields(EngineSettings)}
        self._settings = EngineSettings(**rows)
        self._ready_timeout_s = ready_timeout_s
        self._process: EngineProcess | None = None

    @property
    def engine(self) -> E:
        if self._process is None:
            raise RuntimeError("there is no engine")
        return cast("E", _Proxy(self._process))

    @property
    def is_gone(self) -> bool:
        return self._process is None or self._process.is_gone

    @property
    def has_grown(self) -> bool:
        return self._process is not None and self._process.has_grown

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def end(self) -> None:
        ended, self._process = self._process, None
        if ended:
            ended.on_gone = None
            await ended.kill()

    async def replace(self) -> None:
        await self.end()
        begin = Begin(tuple(sys.path), self._spec, self._settings)
        self._process = await process.start(
            self._card.name, begin, processes=self._card.concurrency, ready_timeout_s=self._ready_timeout_s
        )
        self._process.on_gone = self._gone
        log.info("engine process ready", extra=named(engine=self._card.name, pid=self.pid))

    async def close(self) -> None:
        if self._process:
            self._process.on_gone = None
            await self._process.close()

    def _gone(self) -> None:
        if self.on_gone:
            self.on_gone()


class _Proxy:
    """Looks like the engine; each call goes to its process."""

    def __init__(self, process: EngineProcess) -> None:
        self._process = process

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        if method.startswith("_"):
            raise AttributeError(method)

        async def call(*arguments: Any, **named_ones: Any) -> Any:
            return await self._process.call(method, arguments, named_ones)

        return call


class _LoopHost(Host[E]):
    def __init__(self, spec: EngineSpec[E], settings: EngineSettings) -> None:
        self._spec = spec
        self._settings = settings
        self._engine: E | None = None

    @property
    def engine(self) -> E:
        if self._engine is None:
            raise RuntimeError("there is no engine")
        return self._engine

    @property
    def is_gone(self) -> bool:
        return self._engine is None

    async def end(self) -> None:
        await self.close()

    async def replace(self) -> None:
        await self.close()
        try:
            self._engine = self._spec.make(self._settings)
        except NotHere:
            raise
        except Exception as error:
            raise NotHere(f"{self._spec.card.name}: {type(error).__name__}: {error}") from error

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is None:
            return
        try:
            async with asyncio.timeout(CLOSE_S):
                await engine.close()
        except Exception as error:
            name = self._spec.card.name
            log.warning("engine did not close: %s", type(error).__name__, extra=named(engine=name))
