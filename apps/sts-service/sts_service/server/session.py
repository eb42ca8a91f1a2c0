"""One stream's session: what is accepted, in which order results leave, when it is over.

Pure: no socket, no task, no sleep. Every method takes the time and returns what has to be done, in order; the
connection does it. Times are seconds of a monotonic clock.
"""

from typing import Any

from dubbing_protocol import (
    TRANSITIONS,
    Capabilities,
    ErrorCode,
    FragmentAck,
    FragmentData,
    FragmentSkip,
    Message,
    SessionState,
    SimulatedPressure,
    StreamComplete,
    StreamInit,
    StreamReady,
)

from sts_service.server.effects import Answer, Cancel, CloseAfter, Effect, Limits, Send, Start, Work
from sts_service.server.errors import error_event
from sts_service.server.flow import PressureGauge, RateLimit, ServerLoad
from sts_service.server.order import SKIP_HORIZON, Fit, ReorderBuffer
from sts_service.server.pressure import Pressure
from sts_service.server.processor import Result, failure
from sts_service.server.statistics import Delivery, Ledger


class Session:
    """The state machine of one stream. `load` is shared by all sessions of the server."""

    def __init__(
        self,
        init: StreamInit,
        limits: Limits,
        load: ServerLoad,
        session_id: str,
    ) -> None:
        self.stream_id = init.stream_id
        self.worker_id = init.worker_id
        self.session_id = session_id
        self.state = SessionState.CONNECTED
        self._init = init
        self._max_inflight = min(init.max_inflight, limits.thresholds.cap)
        self._limits = limits
        self._load = load
        self._timeout_s = init.timeout_ms / 1000
        self._order: ReorderBuffer[Answer] = ReorderBuffer(limits.thresholds.cap, self._timeout_s)
        self._pressure = Pressure(init.stream_id, PressureGauge(limits.thresholds, self._max_inflight))
        self._rate = RateLimit(limits.fragment_rate_per_min, 60.0)
        self._ledger = Ledger()
        self._inflight: dict[str, Work] = {}
        self._working: set[Work] = set()
        self._retried: list[Answer] = []

    @property
    def inflight(self) -> int:
        """Accepted and not yet delivered."""
        return len(self._inflight)

    @property
    def accepts_events(self) -> bool:
        """The stream is open: neither ended nor closed."""
        return self.state in (SessionState.ACTIVE, SessionState.PAUSED)

    def open(self, *, batch_processing: bool) -> list[Effect]:
        self._enter(SessionState.ACTIVE)
        capabilities = Capabilities(batch_processing=batch_processing, binary_audio=True)
        ready = StreamReady(
            stream_id=self.stream_id,
            session_id=self.session_id,
            max_inflight=self._max_inflight,
            capabilities=capabilities,
        )
        return [Send(ready)]

    def fragment(self, fragment: FragmentData, now: float) -> list[Effect]:
        """Accepts the fragment, or says why not; the checks stand in the protocol's order."""
        if not self.accepts_events:
            return [self.error(ErrorCode.STREAM_NOT_FOUND, "the stream has ended", fragment.fragment_id)]
        before = self._ledger.find(fragment.fragment_id)
        wrong = self._format_errors(fragment)
        if wrong:
            message = f"{wrong[0]['field']} {wrong[0]['problem']}"
            return [self.error(ErrorCode.INVALID_PAYLOAD, message, fragment.fragment_id, {"errors": wrong})]
        refusal = self._refusal(fragment, before, now)
        if refusal:
            code, message = refusal
            return [self.error(code, message, fragment.fragment_id)]
        return self._accept(fragment, before, now)

    def finished(self, work: Work, result: Result, now: float) -> list[Effect]:
        """A work's end; ignored where the session has given it up."""
        if work not in self._working:
            return []
        self._settle(work, result, now)
        return self._deliver()

    def skip(self, skip: FragmentSkip, now: float) -> list[Effect]:
        """The worker gives these numbers up."""
        effects: list[Effect] = []
        by_number = {work.fragment.sequence_number: work for work in self._inflight.values()}
        too_far = []
        for number in dict.fromkeys(skip.sequence_numbers):
            work = by_number.get(number)
            if work is not None:
                if work in self._working:
                    effects.append(Cancel(work))
                self._settle(work, failure(ErrorCode.CANCELLED, "skipped by the worker"), now)
            elif not self._order.give_up(number):
                too_far.append(number)
        effects += self._deliver()
        if too_far:
            message = f"only numbers below {self._order.next_number + SKIP_HORIZON} can be skipped now"
            effects.append(
                self.error(ErrorCode.INVALID_SEQUENCE, message, metadata={"too_far_ahead": too_far})
            )
        return effects

    def pause(self) -> list[Effect]:
        if self.state is SessionState.ACTIVE:
            self._enter(SessionState.PAUSED)
        return []

    def resume(self) -> list[Effect]:
        if self.state is SessionState.PAUSED:
            self._enter(SessionState.ACTIVE)
        return []

    def end(self) -> list[Effect]:
        """No more fragments: gaps are closed, what is in flight is delivered, then the stream is complete."""
        if not self.accepts_events:
            return []
        self._enter(SessionState.ENDING)
        self._order.give_up_gaps()
        return self._deliver()

    def tick(self, now: float) -> list[Effect]:
        """Does what time alone brings about: time-outs of work, of gaps, of a pretended pressure."""
        if self.state is SessionState.CLOSED:
            return []
        effects: list[Effect] = []
        for work in [work for work in self._working if work.deadline <= now]:
            effects.append(Cancel(work))
            message = f"no result within {self._init.timeout_ms} ms"
            self._settle(work, failure(ErrorCode.TIMEOUT, message), now)
        missing = self._order.give_up_gaps(now)
        if missing:
            message = f"given up after {self._init.timeout_ms} ms: {', '.join(map(str, missing))}"
            effects.append(self.error(ErrorCode.INVALID_SEQUENCE, message, metadata={"missing": missing}))
        effects += self._deliver()
        if self._pressure.pretended_until is not None and self._pressure.pretended_until <= now:
            effects += self._end_pretence()
        return effects

    def next_deadline(self) -> float | None:
        """When `tick` has something to do."""
        if self.state is SessionState.CLOSED:
            return None
        deadlines = [work.deadline for work in self._working]
        gap = self._order.next_deadline()
        if gap is not None:
            deadlines.append(gap)
        if self._pressure.pretended_until is not None:
            deadlines.append(self._pressure.pretended_until)
        return min(deadlines, default=None)

    def fail_all(self, message: str, now: float) -> list[Effect]:
        """Answers everything in flight now, as retryable failures."""
        effects: list[Effect] = [Cancel(work) for work in self._working]
        for work in list(self._working):
            self._settle(work, failure(ErrorCode.TIMEOUT, message), now)
        self._order.give_up_gaps()
        return effects + self._deliver()

    def abandon(self) -> list[Effect]:
        """The connection is gone or taken over: nothing more is sent, and everything held is freed."""
        if self.state is not SessionState.CLOSED:
            self._enter(SessionState.CLOSED)
        effects: list[Effect] = [Cancel(work) for work in self._working]
        self._load.remove(self.inflight)
        self._inflight.clear()
        self._working.clear()
        return effects

    def pretend_pressure(self, pressure: SimulatedPressure, now: float) -> list[Effect]:
        """Announces a level that is not so (simulation), until its time is over."""
        if self.state in (SessionState.COMPLETED, SessionState.CLOSED):
            return []
        return _sent(self._pressure.pretend(pressure, now, self.inflight, self._load.inflight))

    def error(
        self,
        code: ErrorCode,
        message: str,
        fragment_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> Send:
        """What answers a refused event of this stream."""
        return Send(
            error_event(code, message, stream_id=self.stream_id, fragment_id=fragment_id, metadata=metadata)
        )

    def _refusal(
        self, fragment: FragmentData, before: Delivery | None, now: float
    ) -> tuple[ErrorCode, str] | None:
        size, limit = fragment.audio.size_base64, self._limits.fragment_max_bytes
        if size > limit:
            return ErrorCode.FRAGMENT_TOO_LARGE, f"audio is {size} bytes of base64, the limit is {limit}"
        if self.state is SessionState.PAUSED:
            return ErrorCode.STREAM_PAUSED, "the stream is paused"
        if fragment.fragment_id in self._inflight:
            return ErrorCode.DUPLICATE_FRAGMENT, "this fragment is in flight"
        if before and not before.retryable:
            return ErrorCode.DUPLICATE_FRAGMENT, "this fragment has been answered"
        return self._flow_refusal(now) or self._sequence_refusal(fragment.sequence_number, before)

    def _format_errors(self, fragment: FragmentData) -> list[dict[str, str]]:
        declared, given = self._init.config, fragment.audio
        return [
            {"field": f"audio.{name}", "problem": f"is {value}, stream:init said {expected}"}
            for name in ("format", "sample_rate_hz", "channels")
            if (value := getattr(given, name)) != (expected := getattr(declared, name))
        ]

    def _flow_refusal(self, now: float) -> tuple[ErrorCode, str] | None:
        cap = self._limits.thresholds.cap
        if self.inflight >= cap:
            return ErrorCode.BACKPRESSURE_EXCEEDED, f"{cap} fragments of this stream are in flight"
        if self._load.is_full:
            return ErrorCode.QUEUE_FULL, f"{self._load.inflight} fragments are in flight on this server"
        if not self._rate.allows(now):
            return ErrorCode.RATE_LIMIT, f"over {self._limits.fragment_rate_per_min} fragments a minute"
        return None

    def _sequence_refusal(self, number: int, before: Delivery | None) -> tuple[ErrorCode, str] | None:
        if before:
            if number == before.sequence_number:
                return None
            return ErrorCode.INVALID_SEQUENCE, f"a retry keeps its number, {before.sequence_number}"
        fit = self._order.fit(number)
        if fit is Fit.FITS:
            return None
        return (
            ErrorCode.INVALID_SEQUENCE,
            f"number {number} is {fit.value}, {self._order.next_number} is next",
        )

    def _accept(self, fragment: FragmentData, before: Delivery | None, now: float) -> list[Effect]:
        work = Work(fragment, now, now + self._timeout_s, before)
        ahead = self.inflight
        if before is None:
            self._order.reserve(fragment.sequence_number, now)
        self._rate.count(now)
        self._load.add()
        self._inflight[fragment.fragment_id] = work
        self._working.add(work)
        ack = FragmentAck(
            fragment_id=fragment.fragment_id,
            status="queued" if ahead else "processing",
            queue_position=ahead,
            estimated_completion_ms=self._ledger.typical_ms(),
        )
        return [Send(ack), *self._pressure_change(), Start(work)]

    def _settle(self, work: Work, result: Result, now: float) -> None:
        """The work has its result, which leaves when its turn comes; a retry's turn is at once."""
        self._working.discard(work)
        answer = Answer.of(work, result, now)
        if work.failure_before is None:
            self._order.fill(work.fragment.sequence_number, answer)
        else:
            self._retried.append(answer)

    def _deliver(self) -> list[Effect]:
        """Lets out what may leave, and completes a stream that has ended."""
        effects: list[Effect] = []
        for answer in (*self._retried, *self._order.release()):
            work, fragment_id = answer.work, answer.message.fragment_id
            del self._inflight[fragment_id]
            self._load.remove()
            if work.failure_before is None:
                self._ledger.add(fragment_id, answer.delivery, work.fragment.audio.duration_ms)
            else:
                self._ledger.replace(fragment_id, work.failure_before, answer.delivery)
            if not answer.withheld:
                effects.append(Send(answer.message))
        self._retried.clear()
        effects += self._pressure_change()
        if self.state is SessionState.ENDING and not self._inflight:
            effects += self._end_pretence()
            effects += self._complete()
        return effects

    def _complete(self) -> list[Effect]:
        self._enter(SessionState.COMPLETED)
        complete = StreamComplete(
            stream_id=self.stream_id,
            total_fragments=self._ledger.total,
            total_duration_ms=self._ledger.total_duration_ms,
            statistics=self._ledger.statistics(),
        )
        return [Send(complete), CloseAfter("completed", self._limits.auto_disconnect_delay_s)]

    def _pressure_change(self) -> list[Effect]:
        return _sent(self._pressure.update(self.inflight, self._load.inflight))

    def _end_pretence(self) -> list[Effect]:
        return _sent(self._pressure.stop_pretending(self.inflight, self._load.inflight))

    def _enter(self, state: SessionState) -> None:
        if state not in TRANSITIONS[self.state]:
            raise RuntimeError(f"a session cannot go from {self.state} to {state}")
        self.state = state


def _sent(message: Message | None) -> list[Effect]:
    return [Send(message)] if message else []
