"""Lets a stream's fragments through to the transcriber in their turn (`turns`), on the event loop."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator

from service_kit.tracing import part

from sts_service.full.turns import Ticket, Turns


class Gate:
    """One stream's."""

    def __init__(self, turns: Turns | None = None, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._turns = turns or Turns()
        self._clock_ns = clock_ns
        self._waiting: dict[Ticket, asyncio.Future[None]] = {}
        self._alarm: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def arrival(self, number: int) -> Iterator[Ticket]:
        """For as long as the fragment is worked on; its turn is free at the end, if not before."""
        ticket = self._turns.arrive(number, self._clock_ns())
        try:
            yield ticket
        finally:
            self._settle(ticket)

    @contextlib.asynccontextmanager
    async def turn(self, ticket: Ticket) -> AsyncIterator[None]:
        """Waits for the turn; it is over when the block is left."""
        go = self._waiting[ticket] = asyncio.get_running_loop().create_future()
        self._turns.ask(ticket)
        try:
            self._let_go()
            with part("sts.turn"):
                await go
            yield
        finally:
            self._settle(ticket)

    def close(self) -> None:
        """Nobody comes any more."""
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None

    def _settle(self, ticket: Ticket) -> None:
        self._waiting.pop(ticket, None)
        self._turns.settle(ticket)
        self._let_go()

    def _let_go(self) -> None:
        self.close()
        now_ns = self._clock_ns()
        ticket = self._turns.next(now_ns)
        if ticket is not None:
            go = self._waiting[ticket]
            if not go.done():  # otherwise it was cancelled a moment ago, and settles by itself
                go.set_result(None)
            return
        wakes_at_ns = self._turns.wakes_at_ns()
        if wakes_at_ns is not None:
            delay_s = (wakes_at_ns - now_ns) / 1e9
            self._alarm = asyncio.get_running_loop().call_later(delay_s, self._let_go)
