"""A call that a stage has taken on, and what its caller is given."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sts_service.engines import EngineError
from sts_service.full.stage_place import Outcome

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    value: R
    waited_ms: int
    """For its turn."""
    took_ms: int
    """In the engine."""


@dataclass(slots=True)
class PendingCall:
    stream_id: str
    work: Callable[[Any], Awaitable[Any]]
    answer: asyncio.Future[Done[Any]]
    added_ns: int
    allowed_ms: int
    began_ns: int | None = None
    outcome: Outcome | None = None

    def deliver(self) -> None:
        """Gives the caller what the engine has given."""
        outcome, began_ns = self.outcome, self.began_ns
        if outcome is None or began_ns is None or self.answer.done():
            return
        if outcome.error:
            self.answer.set_exception(outcome.error)
        else:
            waited_ms = (began_ns - self.added_ns) // 1_000_000
            self.answer.set_result(Done(outcome.value, waited_ms, outcome.took_ms))

    def fail(self, error: EngineError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
