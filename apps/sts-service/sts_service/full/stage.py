"""A stage: one engine, in as many places as its card allows, for the calls of all streams.

What is decided stands in `stage_queue`; here it is done. Nothing blocks the loop, and only `EngineError`
escapes.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

from dubbing_protocol import ErrorCode
from service_kit.logs import named
from service_kit.tracing import part

from sts_service.engines import Card, Engine, EngineError, EngineSettings, EngineSpec, Offer
from sts_service.engines.host import Host
from sts_service.full import stage_orders as orders_of
from sts_service.full.stage_call import Done, PendingCall
from sts_service.full.stage_orders import Order
from sts_service.full.stage_place import Outcome, Place, made
from sts_service.full.stage_queue import Full, StageQueue

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Engine)
R = TypeVar("R")

READY_TIMEOUT_S = 300.0
"""A large model from a slow disk."""

USUAL_S = 6.0
"""The fragment that a time-out is meant for; longer ones get more in proportion."""

MIN_TIMER_S = 0.001
"""Timers may ring a moment early; this keeps one from ringing again and again until its time has come."""


class Stage(Generic[E]):
    def __init__(
        self,
        spec: EngineSpec[E],
        offer: Offer,
        settings: EngineSettings,
        *,
        timeout_ms: int,
        queue_bound: int,
        ready_timeout_s: float = READY_TIMEOUT_S,
    ) -> None:
        """`timeout_ms`: for the work on 6 s of sound. `queue_bound`: calls that may wait."""
        self.card: Card = spec.card
        self.offer = offer
        self._spec = spec
        self._settings = settings
        self._timeout_ms = timeout_ms
        self._ready_timeout_s = ready_timeout_s
        self._queue = StageQueue(max(1, spec.card.concurrency), queue_bound)
        self._hosts: list[Host[E]] = []
        self._places: list[Place[E]] = []
        self._calls: dict[int, PendingCall] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.on_worked: Callable[[str, float, float | None], None] | None = None
        """Told of whose call an engine worked on, for how many seconds, and how many of the processor's where
        that is known, whatever came of it."""

    @property
    def depth(self) -> int:
        """Calls that wait or are in work."""
        return self._queue.depth

    @property
    def running(self) -> int:
        """Places in service; 0 before the start, after the end, and while all engines are being replaced."""
        return self._queue.running

    async def start(self) -> None:
        """Makes the engines. Raises `NotHere`."""
        shares = self.card.home == "loop"
        count = max(1, self.card.concurrency)
        self._hosts = await made(1 if shares else count, self._spec, self._settings, self._ready_timeout_s)
        hosts = self._hosts * count if shares else self._hosts
        self._places = [Place(host, shares=shares) for host in hosts]
        if not shares:
            for number, host in enumerate(hosts):
                host.on_gone = partial(self._gone, number)
        for number in range(count):
            self._back(number)

    async def close(self) -> None:
        """Ends the engines; calls that wait or run are refused."""
        self._obey(self._queue.close())
        places, self._places = self._places, []
        for host in self._hosts:
            host.on_gone = None
        await asyncio.gather(*(place.close() for place in places))
        await asyncio.gather(*(host.close() for host in self._hosts))
        self._hosts = []

    async def run(self, stream_id: str, call: Callable[[E], Awaitable[R]], *, audio_s: float) -> Done[R]:
        """What `call` gives, given an engine to itself. Raises `EngineError`."""
        told = {"engine": self.card.name, "model": self.offer.model}
        with part(f"sts.{self.card.stage}", **told) as span:
            now_ns = time.monotonic_ns()
            done = await self._answer(stream_id, call, audio_s, now_ns)
            span.part("sts.queue", begun_ns=now_ns).end(ended_ns=now_ns + done.waited_ms * 1_000_000)
            span.tell(audio_ms=round(audio_s * 1000), waited_ms=done.waited_ms, took_ms=done.took_ms)
            return done

    async def _answer(
        self, stream_id: str, call: Callable[[E], Awaitable[R]], audio_s: float, now_ns: int
    ) -> Done[R]:
        allowed_ms = self._timeout_ms * max(1.0, audio_s / USUAL_S)
        try:
            ticket, orders = self._queue.add(stream_id, round(allowed_ms * 1e6), now_ns)
        except Full:
            what = f"too many fragments wait for {self.card.stage}"
            raise EngineError(ErrorCode.QUEUE_FULL, what) from None
        answer: asyncio.Future[Done[R]] = asyncio.get_running_loop().create_future()
        self._calls[ticket] = PendingCall(stream_id, call, answer, now_ns, round(allowed_ms))
        self._obey(orders)
        try:
            return await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled():
                answer.exception()  # it came in the same moment; nobody else will look at it
            self._obey(self._queue.withdraw(ticket))
            if ticket in self._calls and self._calls[ticket].began_ns is None:
                del self._calls[ticket]
            raise

    def _obey(self, orders: list[Order]) -> None:
        for order in orders:
            match order:
                case orders_of.Begin(ticket, place):
                    call = self._calls[ticket]
                    call.began_ns = time.monotonic_ns()
                    self._places[place].run(call.work, partial(self._ended, ticket, place))
                case orders_of.Answer(ticket):
                    self._calls[ticket].deliver()
                case orders_of.Expire(ticket):
                    call = self._calls[ticket]
                    what = f"{self.card.stage} took longer than {call.allowed_ms} ms"
                    call.fail(EngineError(ErrorCode.TIMEOUT, what))
                case orders_of.Refuse(ticket):
                    call = self._calls[ticket]
                    call.fail(EngineError(ErrorCode.MODEL_ERROR, f"{self.card.stage} has no engine running"))
                    if call.began_ns is None:
                        del self._calls[ticket]
                case orders_of.Abandon(place):
                    self._places[place].abandon()
                case orders_of.Replace(place):
                    names = named(stage=self.card.stage, engine=self.card.name)
                    log.warning("engine is replaced", extra=names)
                    back = partial(self._back, place)
                    failed = partial(self._failed, place)
                    self._places[place].replace(back, failed)
        self._schedule()

    def _ended(self, ticket: int, place: int, outcome: Outcome) -> None:
        call = self._calls[ticket]
        call.outcome = outcome
        if self.on_worked:
            self.on_worked(call.stream_id, outcome.took_ms / 1000, outcome.processor_s)
        broken = bool(self._places) and self._places[place].is_broken
        self._obey(self._queue.ended(place, time.monotonic_ns(), broken=broken))
        del self._calls[ticket]

    def _back(self, place: int) -> None:
        self._obey(self._queue.back(place, time.monotonic_ns()))

    def _failed(self, place: int) -> None:
        self._obey(self._queue.failed(place))

    def _gone(self, place: int) -> None:
        self._obey(self._queue.gone(place))

    def _schedule(self) -> None:
        """Sets the timer to the next thing that time alone brings about."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        due_ns = self._queue.next_deadline_ns()
        if due_ns is not None:
            delay_s = max(MIN_TIMER_S, (due_ns - time.monotonic_ns()) / 1e9)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._obey(self._queue.tick(time.monotonic_ns()))
