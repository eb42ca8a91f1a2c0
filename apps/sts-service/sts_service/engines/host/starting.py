"""Starts an engine where its card says that it lives."""

from typing import TypeVar

from sts_service.engines.host.apart import ProcessHost
from sts_service.engines.host.host import Host
from sts_service.engines.host.on_loop import LoopHost
from sts_service.engines.settings import EngineSettings
from sts_service.engines.spec import Engine, EngineSpec

E = TypeVar("E", bound=Engine)


async def start(spec: EngineSpec[E], settings: EngineSettings, *, ready_timeout_s: float) -> Host[E]:
    """An engine ready for calls. Raises `NotHere`."""
    if spec.card.home == "loop":
        host: Host[E] = LoopHost(spec, settings)
    else:
        host = ProcessHost(spec, settings, ready_timeout_s)
    await host.replace()
    return host
