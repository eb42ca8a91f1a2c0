"""One connection: events in, the session's decisions carried out, its tasks owned.

`_turn` is held for every step (an event, a result, a tick), so that what a step sends leaves in one piece.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from dubbing_protocol import (
    CloseReason,
    ErrorCode,
    ErrorEvent,
    FragmentData,
    FragmentProcessed,
    SessionState,
    SimulatedPressure,
    StreamClosed,
)
from service_kit.logs import named
from service_kit.tracing import Span, within

from sts_service.server.effects import Cancel, CloseAfter, Effect, Send, Start, Work
from sts_service.server.gateway import Peer
from sts_service.server.idle import IdleClock
from sts_service.server.intake import Intake
from sts_service.server.packets import ClientEvent, Malformed
from sts_service.server.processor import (
    Result,
    failure,
)
from sts_service.server.session import Session
from sts_service.server.traces import Traces

if TYPE_CHECKING:
    from sts_service.server.hub import Hub

log = logging.getLogger(__name__)

GOODBYES: dict[CloseReason, str] = {
    "completed": "the stream is complete",
    "taken_over": "the same worker has opened this stream on another connection",
    "idle": "nothing came for too long",
    "shutdown": "the server is shutting down",
}

FOR_GOOD: frozenset[CloseReason] = frozenset({"completed", "taken_over"})
"""Reasons after which the client's library should not reconnect by itself."""


class Connection:
    """A client, its session once it has one, and the tasks that work for it."""

    def __init__(self, peer: Peer, hub: "Hub") -> None:
        self._peer = peer
        self._hub = hub
        self._intake = Intake(peer, hub, self)
        self._tasks: dict[Work, asyncio.Task[None]] = {}
        self._traces = Traces(hub.tracer)
        self._turn = asyncio.Lock()
        self._idle = IdleClock(hub.settings.idle_timeout_s, time.monotonic())
        self._timer: asyncio.TimerHandle | None = None
        self._close_at: tuple[float, CloseReason] | None = None
        self._draining = False
        self._released = False
        self._rings_at = 0.0
        self._reschedule()

    @property
    def _session(self) -> Session | None:
        return self._intake.session

    @property
    def inflight(self) -> int:
        return self._session.inflight if self._session else 0

    @property
    def worker_id(self) -> str | None:
        return self._session.worker_id if self._session else None

    @property
    def session_id(self) -> str | None:
        return self._session.session_id if self._session else None

    @property
    def is_released(self) -> bool:
        """Nothing happens on it any more."""
        return self._released

    async def event(self, event: ClientEvent | Malformed) -> None:
        """An event has come."""
        await self._step(lambda now: self._intake.decide(event, now))
        if self._session:  # until there is one, only `stream:init` counts
            self._idle.touch(time.monotonic())

    async def gone(self) -> None:
        """The transport is closed, by whichever side."""
        async with self._turn:
            self._release()

    async def taken_over(self) -> None:
        """The same worker has opened the stream on another connection."""
        async with self._turn:
            if not self._released:
                await self._close("taken_over")

    async def drain(self) -> None:
        """The server shuts down: no new fragments, and the end once what is in flight is answered."""
        self._draining = True
        open_stream = (
            self._session if self._session and self._session.state is not SessionState.COMPLETED else None
        )
        await self._step(lambda _: open_stream.end() if open_stream else [CloseAfter("shutdown", 0)])

    async def give_up(self) -> None:
        """The server cannot wait any longer."""
        await self._step(
            lambda now: self._session.fail_all("the server is shutting down", now) if self._session else []
        )

    def announce_pressure(self, pressure: SimulatedPressure) -> None:
        """For the processor (`StreamControl`)."""
        self._hub.spawn(
            self._step(lambda now: self._session.pretend_pressure(pressure, now) if self._session else [])
        )

    def cut(self) -> None:
        """For the processor (`StreamControl`)."""
        self._peer.abort()

    async def _step(self, decide: Callable[[float], list[Effect]]) -> None:
        async with self._turn:
            if not self._released:
                await self._obey(decide(time.monotonic()))
                self._reschedule()

    async def _obey(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(message):
                    self._hub.metrics.sent(message)
                    if isinstance(message, FragmentProcessed):
                        self._idle.touch(time.monotonic())
                        self._log_result(message)
                        self._traces.answered(message)
                    elif isinstance(message, ErrorEvent):
                        self._log_error(message)
                    await self._peer.send(message)
                case Start(work):
                    span = self._traces.accepted(work, self.session_id)
                    self._tasks[work] = self._hub.spawn(self._work(work, span))
                case Cancel(work):
                    task = self._tasks.pop(work, None)
                    if task:  # otherwise it has just ended, and its result waits for this turn
                        task.cancel()
                case CloseAfter(reason, delay_s):
                    if reason == "completed":
                        self._hub.free(self)
                    if self._draining:
                        reason, delay_s = "shutdown", 0
                    self._close_at = (time.monotonic() + delay_s, reason)

    async def _work(self, work: Work, span: Span) -> None:
        stream = self._intake.stream
        assert stream is not None
        try:
            with within(span):
                result = await stream.process(work.fragment)
        except Exception as error:
            log.exception("processor failed", extra=self._of(work.fragment))
            result = failure(ErrorCode.MODEL_ERROR, f"the processor failed: {type(error).__name__}")
        self._tasks.pop(work, None)
        self._traces.worked(work, withheld=result.withheld)
        await self._step(lambda now: self._finished(work, result, now))

    def _finished(self, work: Work, result: Result, now: float) -> list[Effect]:
        return self._session.finished(work, result, now) if self._session else []

    async def _tick(self) -> None:
        async with self._turn:
            now = time.monotonic()
            if self._released:
                return
            if self._session:
                await self._obey(self._session.tick(now))
            if self._close_at and self._close_at[0] <= now:
                await self._close(self._close_at[1])
            elif (idle_at := self._idle_at()) is not None and idle_at <= now:
                await self._close("idle")
            else:
                self._reschedule()

    def _idle_at(self) -> float | None:
        session = self._session
        excused = session is not None and (session.state is not SessionState.ACTIVE or session.inflight > 0)
        return self._idle.deadline(excused=excused)

    def _reschedule(self) -> None:
        """Sets the timer to the next thing that time alone brings about."""
        session_at = self._session.next_deadline() if self._session else None
        close_at = self._close_at[0] if self._close_at else None
        due = min((at for at in (session_at, close_at, self._idle_at()) if at is not None), default=None)
        if due is None or (self._timer and self._rings_at <= due):
            return  # a timer that rings too early finds nothing to do and is set anew
        if self._timer:
            self._timer.cancel()
        self._rings_at = due
        delay_s = max(MIN_TIMER_S, due - time.monotonic())
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._hub.spawn(self._tick())

    async def _close(self, reason: CloseReason) -> None:
        """Says goodbye and hangs up; the turn is held."""
        stream_id = self._session.stream_id if self._session else None
        log.info("connection closed", extra=self._names(reason=reason))
        self._release()
        await self._peer.send(StreamClosed(stream_id=stream_id, reason=reason, message=GOODBYES[reason]))
        await self._peer.hang_up(for_good=reason in FOR_GOOD)

    def _release(self) -> None:
        """Frees everything this connection holds; nothing happens on it afterwards."""
        if self._released:
            return
        self._released = True
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._session:
            log.info("stream closed", extra=self._names(state=self._session.state))
            self._session.abandon()
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        self._traces.close()
        if self._intake.stream:
            self._intake.stream.close()
        self._hub.free(self)

    def _log_result(self, message: FragmentProcessed) -> None:
        level = logging.WARNING if message.error else logging.INFO
        if log.isEnabledFor(level):
            error = message.error
            extra = self._of(
                message,
                status=message.status,
                processing_ms=message.processing_time_ms,
                error_code=error.code if error else None,
                stage=error.stage if error else None,
            )
            log.log(level, "fragment answered", extra=extra)

    def _log_error(self, error: ErrorEvent) -> None:
        extra = self._names(error_id=error.error_id, fragment_id=error.fragment_id, error_code=error.code)
        log.info(error.message, extra=extra)

    def _of(
        self, fragment: FragmentData | FragmentProcessed, **values: object
    ) -> dict[str, dict[str, object]]:
        return self._names(
            fragment_id=fragment.fragment_id, sequence_number=fragment.sequence_number, **values
        )

    def _names(self, **values: object) -> dict[str, dict[str, object]]:
        session = self._session
        return named(
            stream_id=session.stream_id if session else None,
            session_id=session.session_id if session else None,
            **values,
        )


MIN_TIMER_S = 0.002
"""Timers may ring a moment early; this keeps one from ringing again and again until its time has come."""
