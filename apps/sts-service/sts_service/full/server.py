"""The service that dubs, inside another program, such as somebody's tests."""

import asyncio
from typing import Any, Self

from sts_service.full.post import Given
from sts_service.full.processor import FullProcessor
from sts_service.full.settings import FullSettings
from sts_service.server.app import StsApp
from sts_service.server.app import create_app as create_sts_app
from sts_service.server.inside import ServerInside

READY_TIMEOUT_S = 60.0


def create_app(settings: FullSettings | None = None, engines: Given | None = None) -> StsApp:
    """The service that dubs as an ASGI app. Raises `SettingError`."""
    settings = settings or FullSettings()
    return create_sts_app(settings, FullProcessor(settings, engines))


class FullServer(ServerInside):
    """The service that dubs on a port of its own, for the length of an `async with`; it takes its settings.

    `engines` are specs by stage that are taken as they are. Entered once it is ready, unless told not to
    wait.
    """

    def __init__(self, *, engines: Given | None = None, until_ready: bool = True, **settings: Any) -> None:
        read = FullSettings(**{"port": 0, **settings})
        self.processor = FullProcessor(read, engines)
        self._until_ready = until_ready
        super().__init__("full", read.host, read.port, lambda: create_sts_app(read, self.processor))

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        if self._until_ready:
            try:
                async with asyncio.timeout(READY_TIMEOUT_S):
                    await self.processor.tried.wait()
                self._check()
            except BaseException:
                await self.__aexit__(None, None, None)
                raise
        return self

    def _check(self) -> None:
        readiness = self.processor.readiness()
        if not readiness.ready:
            reasons = [post["why"] for post in readiness.detail["engines"].values() if post["engine"] is None]
            raise RuntimeError(f"the service cannot dub: {'; '.join(reasons)}")
