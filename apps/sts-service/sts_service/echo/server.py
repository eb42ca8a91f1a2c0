"""The echo service inside another program, such as somebody's tests."""

from typing import Any

from sts_service.echo.processor import EchoProcessor
from sts_service.echo.settings import EchoSettings, simulation_of
from sts_service.server.app import StsApp
from sts_service.server.app import create_app as create_sts_app
from sts_service.server.inside import ServerInside


def create_app(settings: EchoSettings | None = None) -> StsApp:
    """The echo service as an ASGI app."""
    settings = settings or EchoSettings()
    simulation = simulation_of(settings.echo_simulation) if settings.echo_simulation else None
    return create_sts_app(settings, EchoProcessor(settings.echo_processing_delay_ms, simulation))


class EchoServer(ServerInside):
    """The echo service on a port of its own, for the length of an `async with`; it takes its settings."""

    def __init__(self, **settings: Any) -> None:
        read = EchoSettings(**{"port": 0, **settings})
        super().__init__("echo", read.host, read.port, lambda: create_app(read))
