"""The texts of one pair of languages, and the pipeline that they go through."""

import asyncio
from typing import Final

from dubbing_protocol import ErrorCode

from sts_service.engines.errors import EngineError
from sts_service.translation.apertium_modes import Mode, programs
from sts_service.translation.apertium_pipeline import Garbled, Pipeline

_PATIENCE_CHARACTERS: Final = 5000
"""A longer text may take longer in proportion."""
_START_TIMEOUT_S: Final = 10.0
"""Of the first exchange: 0.3 s when the rules have been read from the disk before."""


class Lane:
    """A pipeline that did not answer as it should is replaced: it may still owe an answer, or be hung."""

    def __init__(self, mode: Mode, timeout_s: float) -> None:
        self.turn = asyncio.Lock()
        """Held by who calls."""
        self._mode, self._timeout_s = mode, timeout_s
        self._pipeline: Pipeline | None = None

    @property
    def is_open(self) -> bool:
        return self._pipeline is not None

    async def translate(self, text: str) -> str:
        """Raises `EngineError`."""
        if self._pipeline is not None:
            # It may have died since the last text, which is not this one's fault.
            try:
                return await self._exchange(self._pipeline, text, self._timeout_s)
            except Garbled:
                pass
        try:
            self._pipeline = await Pipeline.start(programs(self._mode.path.read_text("utf-8")))
            return await self._exchange(self._pipeline, text, max(self._timeout_s, _START_TIMEOUT_S))
        except (Garbled, OSError, ValueError) as error:
            message = f"apertium's pipeline failed ({type(error).__name__})"
            raise EngineError(ErrorCode.MODEL_ERROR, message) from error

    async def _exchange(self, pipeline: Pipeline, text: str, timeout_s: float) -> str:
        try:
            async with asyncio.timeout(timeout_s * max(1.0, len(text) / _PATIENCE_CHARACTERS)):
                said = await pipeline.exchange(text)
        except TimeoutError as error:
            await self.end()
            raise EngineError(ErrorCode.TIMEOUT, "apertium did not answer in time") from error
        except BaseException:
            await self.end()
            raise
        return said

    async def end(self) -> None:
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is not None:
            await pipeline.end()
