"""A fragment's time at the speech service is told once, however it ends."""

from dataclasses import replace

from media_service.sts.exchanges import Exchanges
from service_kit.tracing import NO_TRACER
from service_kit.tracing.recorded import RecordedSpan, RecordedTracer

from sts_client.bench import MS_NS, fragment

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Talk:
    def __init__(self) -> None:
        self.tracer = RecordedTracer()
        self.exchanges = Exchanges(self.tracer)

    def send(self, slot: int, *, deadline_ms: float | None = 6000) -> str | None:
        return self.exchanges.sent(replace(fragment(slot, deadline_ms), traceparent=PARENT), slot)

    @property
    def spans(self) -> list[RecordedSpan]:
        return self.tracer.spans


def test_the_service_goes_on_with_the_exchange_and_that_with_the_slot() -> None:
    talk = Talk()
    assert talk.send(0) == talk.spans[0].traceparent
    assert (talk.spans[0].name, talk.spans[0].kind, talk.spans[0].parent) == (
        "fragment.exchange",
        "client",
        PARENT,
    )


def test_an_answer_ends_it_with_its_margin_below_0_where_it_is_late() -> None:
    talk = Talk()
    for slot in (0, 1, 2):
        talk.send(slot, deadline_ms=None if slot == 2 else 6000)
    talk.exchanges.answered("f-0", 4000 * MS_NS)
    talk.exchanges.answered("f-1", 6500 * MS_NS)
    talk.exchanges.answered("f-2", 9000 * MS_NS)
    assert [span.told.get("margin_ms") for span in talk.spans] == [2000, -500, None]
    assert [(span.ended, span.failed) for span in talk.spans] == [(True, None)] * 3


def test_a_failure_a_skip_and_a_lost_session_end_it_with_their_code() -> None:
    talk = Talk()
    for slot in (0, 1, 2, 3):
        talk.send(slot)
    talk.exchanges.answered("f-0", 0, failed="MODEL_ERROR")
    talk.exchanges.skipped((1, 7))
    talk.exchanges.close()
    assert [span.failed for span in talk.spans] == ["MODEL_ERROR", "SKIPPED", "DISCONNECTED", "DISCONNECTED"]
    assert all(span.ended for span in talk.spans)


def test_a_second_attempt_is_an_exchange_of_its_own() -> None:
    talk = Talk()
    talk.send(0)
    talk.exchanges.answered("f-0", 0, failed="TIMEOUT")
    talk.send(0)
    talk.exchanges.answered("f-0", 0)
    assert [span.failed for span in talk.spans] == ["TIMEOUT", None]


def test_what_was_never_sent_or_has_no_trace_is_not_told() -> None:
    talk = Talk()
    assert talk.exchanges.sent(fragment(0, 6000), 0) is None
    talk.exchanges.answered("f-0", 0)
    talk.exchanges.answered(None, 0)
    assert talk.spans == []
    assert Exchanges(NO_TRACER).sent(replace(fragment(0, 6000), traceparent=PARENT), 0) is None
