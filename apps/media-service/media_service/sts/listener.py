"""Who is told what happens, and what a status page shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from media_service.sts.breaker import BreakerState
from media_service.sts.fragment import Answer, Fallback
from media_service.sts.pressure import PressureAction

Clock = Callable[[], int]
"""Nanoseconds of a clock that never goes back."""


class Listener(Protocol):
    """Called on the loop; must not block. It may call the service back."""

    def answered(self, answer: Answer) -> None: ...

    def fell_back(self, fallback: Fallback) -> None: ...

    def fragment_sent(self, slot: int, sequence_number: int) -> None: ...

    def session_changed(self, connected: bool, reason: str) -> None: ...

    def breaker_changed(self, state: BreakerState, reason: str) -> None: ...

    def pressure_changed(self, action: PressureAction, delay_ms: int) -> None: ...


@dataclass(frozen=True)
class ServiceState:
    """The speech service as the worker sees it now."""

    connected: bool
    session_id: str | None
    breaker: BreakerState
    in_flight: int
    waiting: int
    room: int
    """How many more fragments may be offered before the oldest that waits is dropped."""
    pressure: PressureAction
    reconnects: int
    """Tries to connect after the first one."""
    last_error: str | None
    refusal: str | None
    """Why the service does not let the stream in, in its own words; None while it does, or is not there."""
    rtt_median_ms: float | None
