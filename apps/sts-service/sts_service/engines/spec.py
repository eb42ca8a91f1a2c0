"""What an entry point names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from sts_service.engines.card import Card, Offer
from sts_service.engines.settings import EngineSettings


class Engine(Protocol):
    """What every engine can do; `asr`, `translation` and `tts` add their one verb."""

    async def close(self) -> None:
        """Gives back what it holds. No call is running, and none comes after."""


E = TypeVar("E", bound=Engine, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec(Generic[E]):
    card: Card
    check: Callable[[EngineSettings], Offer]
    """What it offers here. Quick, imports nothing heavy; raises `NotHere`."""
    make: Callable[[EngineSettings], E]
    """Imports its library and loads its model, however long that takes; raises `NotHere`.

    With home `process` it is called in the engine process, with `loop` in the server's, on the event loop.
    """
