"""What the worker tells of each slot, where traces are wanted: from its cut to its place on air.

One open part at a time: made, queued, at the speech service, prepared, waiting until it is due.
"""

from dataclasses import dataclass

from service_kit.tracing import NO_SPAN, Span, Tracer

from media_service.sts.fragment import Answer
from media_service.timeline.slots import Slot
from media_service.timeline.units import ns_of


@dataclass(slots=True)
class _Trace:
    whole: Span
    part: Span

    def next(self, name: str) -> None:
        self.part.end()
        self.part = self.whole.part(name)

    def rest(self) -> None:
        self.part.end()
        self.part = NO_SPAN


class SlotTraces:
    """By the number of the slot; those that are open, and no others."""

    def __init__(self, tracer: Tracer, stream_id: str) -> None:
        self._tracer = tracer
        self._stream_id = stream_id
        self._open: dict[int, _Trace] = {}

    def __len__(self) -> int:
        return len(self._open)

    def cut(self, slot: Slot) -> None:
        """It is complete."""
        whole = self._tracer.begin(
            "fragment",
            stream_id=self._stream_id,
            slot=slot.number,
            start_ms=ns_of(slot.start) // 1_000_000,
            duration_ms=ns_of(slot.length) // 1_000_000,
        )
        if whole is not NO_SPAN:
            self._open[slot.number] = _Trace(whole, whole.part("fragment.make"))

    def made(self, number: int, fragment_id: str) -> str | None:
        """It waits to be sent; what the speech service is given to go on with."""
        if (trace := self._open.get(number)) is None:
            return None
        trace.whole.tell(fragment_id=fragment_id)
        trace.next("fragment.queue")
        return trace.whole.traceparent

    def sent(self, number: int) -> None:
        """The exchange is told where it takes place."""
        if trace := self._open.get(number):
            trace.rest()

    def answered(self, number: int) -> None:
        if trace := self._open.get(number):
            trace.next("fragment.prepare")

    def ready(self, number: int) -> None:
        if trace := self._open.get(number):
            trace.next("fragment.wait")

    def failed(self, number: int) -> None:
        """It will have no dub."""
        if trace := self._open.get(number):
            trace.rest()

    def decided(
        self, number: int, outcome: str, answer: Answer | None, reason: str = "", code: str | None = None
    ) -> None:
        """It goes on air."""
        if (trace := self._open.pop(number, None)) is None:
            return
        trace.part.end()
        trace.whole.tell(outcome=outcome, reason=reason or None, code=code)
        if answer is not None:
            trace.whole.tell(
                margin_ms=answer.margin_ms,
                rtt_ms=round(answer.rtt_ms, 1),
                processing_ms=answer.processing_time_ms,
            )
        trace.whole.end(failed=code or reason if outcome == "fallback" else None)

    def close(self) -> None:
        """The run is over; what is open was never heard."""
        for number in tuple(self._open):
            self.decided(number, "unplayed", None)
