"""Engine processes: an engine whose calls block lives in one, so that it can be ended from outside.

`start` gives a `Host`, whose `engine` is used like the engine itself. Only a stage (`sts_service.full.stage`)
calls in here. `python -m sts_service.engines.host` is the process's own side and imports nothing of the
server.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sts_service.engines.host.host import Host
    from sts_service.engines.host.starting import start

__all__ = ["Host", "start"]


def __getattr__(name: str) -> Any:
    """Imports on first use: the engine process passes through here too, and needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sts_service.engines.host import host, starting

    return getattr(starting if name == "start" else host, name)
