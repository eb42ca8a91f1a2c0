"""An engine in a process of its own, which can be ended from outside."""

import dataclasses
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from service_kit.logs import named

from sts_service.engines.host.address import written
from sts_service.engines.host.host import Host
from sts_service.engines.host.messages import Begin
from sts_service.engines.host.process import EngineProcess
from sts_service.engines.host.spawning import spawn
from sts_service.engines.settings import EngineSettings
from sts_service.engines.spec import Engine, EngineSpec

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Engine)


class ProcessHost(Host[E]):
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
        if self._process:
            self._process.on_gone = None
            await self._process.kill()
            # Not before: where this is cancelled in the middle, `close` must still find it.
            self._process = None

    async def replace(self) -> None:
        await self.end()
        begin = Begin(tuple(sys.path), self._spec, self._settings)
        self._process = await spawn(
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
