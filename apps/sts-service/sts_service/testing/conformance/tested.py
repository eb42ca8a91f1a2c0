"""The engine under test, and how its tests run."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from dubbing_protocol.model import Stage

from sts_service.engines import Engine, EngineError, EngineSettings, EngineSpec, NotHere, Offer

E = TypeVar("E", bound=Engine)
R = TypeVar("R")


class Tested(Generic[E]):
    """Set `spec` in the subclass, and override the fixture `settings` where the default ones will not do."""

    stage: ClassVar[Stage]
    spec: EngineSpec[E]
    patience_s: float = 120.0
    """For a test; the promises are not about speed."""

    @pytest.fixture
    def settings(self) -> EngineSettings:
        return EngineSettings()

    @pytest.fixture
    def offer(self, settings: EngineSettings) -> Offer:
        try:
            return self.spec.check(settings)
        except NotHere as reason:
            pytest.skip(str(reason))

    def run(self, test: Coroutine[Any, Any, R]) -> R:
        async def limited() -> R:
            async with asyncio.timeout(self.patience_s):
                return await test

        return asyncio.run(limited())

    @asynccontextmanager
    async def made(self, settings: EngineSettings) -> AsyncIterator[E]:
        """The engine itself: the process it may live in would turn its errors into better ones."""
        engine = self.spec.make(settings)
        try:
            yield engine
        finally:
            await engine.close()

    async def answers_or_refuses(self, call: Awaitable[R], said: str = "") -> R | None:
        """None where it refuses, which it may only do with an `EngineError`, and one that does not quote."""
        try:
            return await call
        except EngineError as error:
            message = error.message
        # A word or less may stand in any message.
        assert len(said) < 8 or said.strip() not in message, "what is said is not for the logs"
        return None
