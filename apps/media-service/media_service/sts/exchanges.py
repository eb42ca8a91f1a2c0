"""Each fragment's time at the speech service, told as a part of its trace where there is one."""

from dataclasses import dataclass

from service_kit.tracing import NO_SPAN, Span, Tracer

from media_service.sts.fragment import Fragment

MS_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class _Exchange:
    span: Span
    number: int
    deadline_ns: int | None


class Exchanges:
    """Of one session; those that are open are in flight."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._open: dict[str, _Exchange] = {}

    def sent(self, fragment: Fragment, number: int) -> str | None:
        """What the service is given to go on with."""
        if fragment.traceparent is None:
            return None
        span = self._tracer.begin(
            "fragment.exchange",
            parent=fragment.traceparent,
            kind="client",
            fragment_id=fragment.fragment_id,
            sequence_number=number,
            bytes=len(fragment.audio),
        )
        if span is NO_SPAN:
            return None
        self._open[fragment.fragment_id] = _Exchange(span, number, fragment.deadline_ns)
        return span.traceparent

    def answered(self, fragment_id: str | None, now_ns: int, *, failed: str | None = None) -> None:
        """`failed`: the code, where it was refused or failed."""
        if fragment_id is None or (exchange := self._open.pop(fragment_id, None)) is None:
            return
        if exchange.deadline_ns is not None:
            exchange.span.tell(margin_ms=(exchange.deadline_ns - now_ns) // MS_NS)
        exchange.span.end(failed=failed)

    def skipped(self, numbers: tuple[int, ...]) -> None:
        """They are given up."""
        for fragment_id, exchange in tuple(self._open.items()):
            if exchange.number in numbers:
                self._open.pop(fragment_id).span.end(failed="SKIPPED")

    def close(self) -> None:
        """The session is over."""
        for exchange in self._open.values():
            exchange.span.end(failed="DISCONNECTED")
        self._open.clear()
