"""Where an engine lives, as whoever uses it sees it: in a process of its own or on the loop, both alike."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from sts_service.engines.spec import Engine

E = TypeVar("E", bound=Engine)


class Host(ABC, Generic[E]):
    """One engine that can be replaced by a new one of the same kind."""

    on_gone: Callable[[], None] | None = None
    """Called when the engine has gone without being asked to."""

    @property
    @abstractmethod
    def engine(self) -> E:
        """That of now: one taken before `replace` is of no use after it."""

    @property
    def is_gone(self) -> bool:
        """There is no engine until `replace` has brought one."""
        return False

    @property
    def has_grown(self) -> bool:
        """It should be replaced when nothing runs."""
        return False

    @property
    def pid(self) -> int | None:
        """Of the engine's process, where it has one of its own."""
        return None

    @abstractmethod
    async def end(self) -> None:
        """Ends the engine at once, whatever it does."""

    @abstractmethod
    async def replace(self) -> None:
        """Ends the engine, whatever it does, and makes another. Raises `NotHere`; it may be tried again."""

    @abstractmethod
    async def close(self) -> None:
        """Lets the engine give back what it holds, within bounds, and ends it."""
