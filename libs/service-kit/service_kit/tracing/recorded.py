"""A tracer that keeps what it is told, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from service_kit.tracing import context
from service_kit.tracing.spans import Kind, Span, Tracer, Value


@dataclass(eq=False)
class RecordedSpan(Span):
    tracer: RecordedTracer
    number: int
    """From 1, over all of its tracer's."""
    name: str
    kind: Kind
    parent: str | None
    told: dict[str, Value] = field(default_factory=dict)
    ended: bool = False
    failed: str | None = None

    @property
    def traceparent(self) -> str:
        return context.write(context.Context(1, self.number, sampled=True))

    def part(self, name: str, *, kind: Kind = "internal", begun_ns: int | None = None, **told: Value) -> Span:
        return self.tracer.begin(name, parent=self.traceparent, kind=kind, **told)

    def tell(self, **told: Value) -> None:
        self.told |= {name: value for name, value in told.items() if value is not None}

    def end(self, *, failed: str | None = None, ended_ns: int | None = None) -> None:
        if not self.ended:
            self.ended, self.failed = True, failed


class RecordedTracer(Tracer):
    def __init__(self) -> None:
        self.spans: list[RecordedSpan] = []

    def begin(self, name: str, *, parent: str | None = None, kind: Kind = "internal", **told: Value) -> Span:
        span = RecordedSpan(self, len(self.spans) + 1, name, kind, parent)
        span.tell(**told)
        self.spans.append(span)
        return span

    def named(self, name: str) -> list[RecordedSpan]:
        return [span for span in self.spans if span.name == name]
