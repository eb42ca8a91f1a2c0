"""A slot's trace: one part after the other, and at the end what was heard."""

import pytest
from media_service.sts.fragment import Answer, Fragment
from media_service.timeline.slots import Slot
from media_service.worker.traces import SlotTraces
from service_kit.tracing import NO_TRACER
from service_kit.tracing.recorded import RecordedTracer


def answer(margin_ms: float | None = 1500.0) -> Answer:
    fragment = Fragment(0, "f", b"", 1, 1, 0, None, None)
    return Answer(
        slot=0,
        fragment=fragment,
        status="success",
        audio=b"",
        transcript="what was said",
        translated_text="lo que se dijo",
        segments=(),
        processing_time_ms=20,
        stage_timings={},
        warnings=(),
        rtt_ms=25.0,
        margin_ms=margin_ms,
        late=False,
    )


SLOT = Slot(number=7, start=48_000, end=144_000, epoch=0)


class Told:
    def __init__(self) -> None:
        self.tracer = RecordedTracer()
        self.traces = SlotTraces(self.tracer, "match-1")
        self.traces.cut(SLOT)

    @property
    def parts(self) -> list[tuple[str, bool]]:
        """After the whole: their names, and whether they are over."""
        whole, *rest = self.tracer.spans
        assert {span.parent for span in rest} <= {whole.traceparent}
        return [(span.name, span.ended) for span in rest]


def test_a_dubbed_slot_goes_through_all_its_parts() -> None:
    told = Told()
    assert told.parts == [("fragment.make", False)]
    assert told.traces.made(7, "f-7") == told.tracer.spans[0].traceparent
    told.traces.sent(7)
    assert told.parts == [("fragment.make", True), ("fragment.queue", True)]
    told.traces.answered(7)
    told.traces.ready(7)
    assert told.parts[2:] == [("fragment.prepare", True), ("fragment.wait", False)]
    told.traces.decided(7, "dubbed", answer())
    whole = told.tracer.spans[0]
    assert all(ended for _, ended in told.parts)
    assert (whole.ended, whole.failed) == (True, None)
    assert whole.told == {
        "stream_id": "match-1",
        "slot": 7,
        "start_ms": 1000,
        "duration_ms": 2000,
        "fragment_id": "f-7",
        "outcome": "dubbed",
        "margin_ms": 1500.0,
        "rtt_ms": 25.0,
        "processing_ms": 20,
    }
    assert len(told.traces) == 0


@pytest.mark.parametrize(
    ("reason", "code", "failed"), [("deadline", "TIMEOUT", "TIMEOUT"), ("breaker_open", None, "breaker_open")]
)
def test_a_fallback_is_a_failure_with_its_code_or_its_reason(
    reason: str, code: str | None, failed: str
) -> None:
    told = Told()
    told.traces.made(7, "f-7")
    told.traces.failed(7)
    assert told.parts == [("fragment.make", True), ("fragment.queue", True)]
    told.traces.decided(7, "fallback", None, reason, code)
    whole = told.tracer.spans[0]
    assert (whole.failed, whole.told["outcome"], whole.told["reason"]) == (failed, "fallback", reason)
    assert len(told.traces) == 0


def test_what_is_open_at_the_end_was_never_heard() -> None:
    told = Told()
    told.traces.close()
    assert told.tracer.spans[0].told["outcome"] == "unplayed"
    assert all(span.ended for span in told.tracer.spans)


def test_what_comes_for_a_decided_slot_is_of_no_interest() -> None:
    told = Told()
    told.traces.decided(7, "fallback", None, "deadline")
    before = len(told.tracer.spans)
    assert told.traces.made(7, "f-7") is None
    for late in (told.traces.sent, told.traces.answered, told.traces.ready, told.traces.failed):
        late(7)
    told.traces.decided(7, "dubbed", answer())
    assert len(told.tracer.spans) == before


def test_off_nothing_is_kept() -> None:
    traces = SlotTraces(NO_TRACER, "match-1")
    traces.cut(SLOT)
    assert len(traces) == 0
    assert traces.made(7, "f-7") is None
