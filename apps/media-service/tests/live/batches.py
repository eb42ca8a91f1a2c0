"""What several modules have to play goes on side by side, batch by batch: most of a scene is waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

BATCHES = (("test_source", "test_rtsp", "test_srt_jumps"), ("test_output", "test_end"))
"""By module; more at once are too many for two cores."""


class Batches:
    """A module's `play` is run once, with those of its batch, when the first of them is asked for."""

    def __init__(self, modules: set[ModuleType], folder: Callable[[str], Path]) -> None:
        """`modules`: those whose tests are to run."""
        self._modules = {module.__name__.rpartition(".")[2]: module for module in modules}
        self._folder = folder
        self._played: dict[str, Any] = {}

    def of(self, play: Callable[[Path], Awaitable[T]]) -> T:
        name = play.__module__.rpartition(".")[2]
        if name not in self._played:
            (batch,) = (batch for batch in BATCHES if name in batch)
            self._played |= asyncio.run(self._play([one for one in batch if one in self._modules]))
        found = self._played[name]
        if isinstance(found, BaseException):
            raise found
        return found  # type: ignore[no-any-return]

    async def _play(self, names: list[str]) -> dict[str, Any]:
        """What went wrong with one is for its own tests to see."""
        plays = [self._modules[name].play(self._folder(name)) for name in names]
        return dict(zip(names, await asyncio.gather(*plays, return_exceptions=True), strict=True))
