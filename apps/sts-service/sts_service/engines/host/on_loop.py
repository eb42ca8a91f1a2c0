"""An engine whose calls only wait: it lives on the loop, beside the server."""

import asyncio
import logging
from typing import TypeVar

from service_kit.logs import named

from sts_service.engines.errors import NotHere
from sts_service.engines.host.host import Host
from sts_service.engines.host.process import CLOSE_S
from sts_service.engines.settings import EngineSettings
from sts_service.engines.spec import Engine, EngineSpec

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Engine)


class LoopHost(Host[E]):
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
