"""The echo service: the whole protocol without speech, and faults on demand.

For anybody's tests: `EchoServer` runs it in their own process, `create_app` gives the ASGI app,
`python -m sts_service.echo` the service.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sts_service.echo.server import EchoServer, create_app
    from sts_service.echo.settings import EchoSettings

__all__ = ["EchoServer", "EchoSettings", "create_app"]

_HOMES = {"EchoServer": "server", "EchoSettings": "settings", "create_app": "server"}


def __getattr__(name: str) -> Any:
    """Imports on first use, so that the service process decides what is imported first (`server.lean`)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
