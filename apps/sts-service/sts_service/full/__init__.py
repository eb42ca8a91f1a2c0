"""The service that dubs: decode, hear, translate, speak, fit to the slot, encode.

`FullServer` runs it in anybody's process, `create_app` gives the ASGI app, `python -m sts_service.full` the
service. `turns`, `edges`, `context` and `lineage` are pure; engines are only called through a stage.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sts_service.full.server import FullServer, create_app
    from sts_service.full.settings import FullSettings

__all__ = ["FullServer", "FullSettings", "create_app"]

_HOMES = {"FullServer": "server", "FullSettings": "settings", "create_app": "server"}


def __getattr__(name: str) -> Any:
    """Imports on first use, so that the service process decides what is imported first (`server.lean`)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
