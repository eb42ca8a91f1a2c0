"""What happened, told to the log, the metrics and the page. Decides only when too many dubs come late."""

import logging
from collections.abc import Callable

from media_service.config.logs import named
from media_service.metrics.worker import Mode, Outcome, WorkerMetrics
from media_service.sts.breaker import BreakerState
from media_service.sts.fragment import Answer
from media_service.sts.pressure import PressureAction
from media_service.timeline.units import MS_NS, Clock, ns_of
from media_service.worker.advice import Advice, DeadlineWatch
from media_service.worker.dubbing import Verdict
from media_service.worker.events import Feed, SlotOutcome, StateChange
from media_service.worker.share import ShareDubbed

log = logging.getLogger("media_service.worker")

UNSENT = frozenset({"disconnected", "breaker_open", "short", "overflow", "no_time", "backpressure", "ended"})
"""Reasons that say nothing about how long the service takes."""


class Report:
    """The `Reporter` of the run. On the loop; nothing here blocks."""

    def __init__(
        self,
        metrics: WorkerMetrics,
        feed: Feed,
        clock: Clock,
        av_offset_ns: int,
        on_advice: Callable[[Advice], None],
    ) -> None:
        self._metrics = metrics
        self._feed = feed
        self._clock = clock
        self._on_advice = on_advice
        self.watch = DeadlineWatch(av_offset_ns)
        self.share = ShareDubbed()
        self.breaker_state = BreakerState.CLOSED
        self.connected = False
        self._connected_once = False

    def decided(self, verdict: Verdict) -> None:
        answer, slot = verdict.answer, verdict.slot
        outcome: Outcome = (
            "fallback" if answer is None else "dubbed" if answer.status == "success" else "partial"
        )
        reason = verdict.reason or None
        code = verdict.code or reason
        self._metrics.slot_played(outcome, code)
        duration_ns = ns_of(slot.length)
        now = self._clock()
        self.share.played(duration_ns, dubbed=answer is not None, now_ns=now)
        log.log(
            logging.INFO if answer is not None else logging.WARNING,
            "slot %s",
            outcome,
            extra=named(
                batchNumber=slot.number,
                fragmentId=verdict.fragment_id,
                reason=reason,
                code=verdict.code,
                detail=verdict.message or None,
                marginMs=None if answer is None else answer.margin_ms,
            ),
        )
        self._feed.publish(
            SlotOutcome(
                batch_number=slot.number,
                fragment_id=verdict.fragment_id,
                start_ns=ns_of(slot.start),
                duration_ns=duration_ns,
                outcome=outcome,
                reason=code,
                transcript=None if answer is None else answer.transcript,
                translation=None if answer is None else answer.translated_text,
                segments=() if answer is None else answer.segments,
                margin_ms=None if answer is None else answer.margin_ms,
                rtt_ms=None if answer is None else answer.rtt_ms,
                processing_ms=None if answer is None else answer.processing_time_ms,
                stage_ms=None if answer is None else answer.stage_timings,
                warnings=() if answer is None else answer.warnings,
            )
        )
        if verdict.reason not in UNSENT:
            self._judge(missed=verdict.reason in ("deadline", "timeout"), now_ns=now)

    def came_in_time(self, answer: Answer) -> None:
        self._timed(answer)

    def came_late(self, answer: Answer) -> None:
        self._timed(answer)
        log.info(
            "a dub came too late",
            extra=named(
                batchNumber=answer.slot, fragmentId=answer.fragment.fragment_id, marginMs=answer.margin_ms
            ),
        )

    def session(self, connected: bool, reason: str) -> None:
        if connected and self._connected_once:
            self._metrics.reconnected("sts")
        self._connected_once = self._connected_once or connected
        self.connected = connected
        self.changed("sts", "connected" if connected else "disconnected", reason=reason or None)

    def breaker(self, state: BreakerState, reason: str) -> None:
        before, self.breaker_state = self.breaker_state, state
        self._metrics.breaker_changed(int(state))
        self._feed.publish(
            StateChange(what="breaker", to=state.name.lower(), before=before.name.lower(), reason=reason)
        )

    def pressure(self, action: PressureAction, delay_ms: int) -> None:
        log.info("the speech service asks for %s", action, extra=named(delayMs=delay_ms))

    def input_changed(self, state: str, reason: str = "", *, again: bool = False) -> None:
        if again:
            self._metrics.reconnected("input")
        if reason:
            self._metrics.bus_error("input")
        self.changed("input", state, reason=reason or None)

    def output_changed(self, state: str, reason: str = "", *, again: bool = False) -> None:
        if again:
            self._metrics.reconnected("output")
        if reason:
            self._metrics.bus_error("output")
        self.changed("output", state, reason=reason or None)

    def mode_changed(self, mode: Mode, before: Mode, who: str) -> None:
        self._metrics.mode_set(mode)
        log.info("sound switched", extra=named(mode=mode, before=before, who=who))
        self._feed.publish(StateChange(what="mode", to=mode, before=before, who=who))

    def changed(self, what: str, to: str, *, reason: str | None = None) -> None:
        log.info("%s: %s", what, to, extra=named(reason=reason))
        self._feed.publish(StateChange(what=what, to=to, reason=reason))  # type: ignore[arg-type]

    def _timed(self, answer: Answer) -> None:
        self._metrics.answered(answer.rtt_ms)
        if answer.margin_ms is not None:
            self._metrics.deadline_met(answer.margin_ms)
            self.watch.answered(round(answer.margin_ms * MS_NS), self._clock())

    def _judge(self, *, missed: bool, now_ns: int) -> None:
        news = self.watch.decided(missed=missed, now_ns=now_ns)
        if news is None:
            return
        if not isinstance(news, Advice):
            self._metrics.offset_needed(0)
            self.changed("advice", "enough dubs are in time again")
            return
        self._metrics.offset_needed(news.needed_offset_ms)
        log.warning(
            "%d %% of the dubs of the last two minutes came too late; %s",
            round(news.missed_share * 100),
            news.remedy,
        )
        self._feed.publish(
            StateChange(
                what="advice", to="late", needed_offset_ms=news.needed_offset_ms, reason="too many late"
            )
        )
        self._on_advice(news)
