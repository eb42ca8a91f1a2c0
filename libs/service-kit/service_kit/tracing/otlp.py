"""Traces as OpenTelemetry has them, sent by OTLP over HTTP. The only module that imports its libraries.

Spans wait in a bounded queue for a thread of their own, which sends them; what does not fit is dropped. So a
collector that hangs or is gone costs neither time nor memory, and is told of once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as OpenTelemetrySpan
from opentelemetry.trace import Tracer as OpenTelemetryTracer

from service_kit.logs import named
from service_kit.tracing import context
from service_kit.tracing.spans import Kind, Span, Tracer, Value

MOST_WAITING = 2048
"""Spans; what comes beyond is dropped."""
AT_ONCE = 256
EVERY_MS = 2000
EXPORT_S = 5.0
LONGEST_TEXT = 128
"""Characters of an attribute."""
PREFIX = "livedub."
PATH = "/v1/traces"

_KINDS = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT, "server": SpanKind.SERVER}
_CHATTY = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk._shared_internal",
    "opentelemetry.sdk.trace.export",
)
"""Loggers that tell of every batch that fails."""

log = logging.getLogger(__name__)


class OtlpTracer(Tracer):
    def __init__(self, endpoint: str, ratio: float, *, service: str, instance: str | None) -> None:
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._sender = Sender(_url(endpoint), _place(endpoint))
        about = {"service.name": service, "service.instance.id": instance}
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            resource=Resource.create({name: value for name, value in about.items() if value is not None}),
            span_limits=SpanLimits(max_attribute_length=LONGEST_TEXT),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                self._sender,
                max_queue_size=MOST_WAITING,
                schedule_delay_millis=EVERY_MS,
                max_export_batch_size=AT_ONCE,
            )
        )
        self._tracer = self._provider.get_tracer("livedub")

    def begin(self, name: str, *, parent: str | None = None, kind: Kind = "internal", **told: Value) -> Span:
        remote = context.read(parent)
        around = None
        if remote is not None:
            flags = TraceFlags(TraceFlags.SAMPLED if remote.sampled else TraceFlags.DEFAULT)
            around = NonRecordingSpan(
                SpanContext(remote.trace_id, remote.span_id, is_remote=True, trace_flags=flags)
            )
        # By one clock: steps of the wall clock do not tear a trace apart.
        return OtlpSpan(self._tracer, around, name, kind, time.time_ns() - time.monotonic_ns(), None, told)

    def close(self, timeout_s: float) -> None:
        # It would wait for a collector that hangs.
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(timeout_s)
        self._sender.shutdown()


class OtlpSpan(Span):
    def __init__(
        self,
        tracer: OpenTelemetryTracer,
        around: OpenTelemetrySpan | None,
        name: str,
        kind: Kind,
        epoch_ns: int,
        begun_ns: int | None,
        told: Mapping[str, Value],
    ) -> None:
        """`epoch_ns`: Unix time of the monotonic clock's zero."""
        self._tracer = tracer
        self._epoch_ns = epoch_ns
        self._span = tracer.start_span(
            name,
            Context() if around is None else set_span_in_context(around, Context()),
            _KINDS[kind],
            _attributes(told),
            start_time=self._unix_ns(begun_ns),
        )

    @property
    def traceparent(self) -> str | None:
        found = self._span.get_span_context()
        return context.write(context.Context(found.trace_id, found.span_id, found.trace_flags.sampled))

    def part(self, name: str, *, kind: Kind = "internal", begun_ns: int | None = None, **told: Value) -> Span:
        return OtlpSpan(self._tracer, self._span, name, kind, self._epoch_ns, begun_ns, told)

    def tell(self, **told: Value) -> None:
        self._span.set_attributes(_attributes(told))

    def end(self, *, failed: str | None = None, ended_ns: int | None = None) -> None:
        if not self._span.is_recording():
            return
        if failed is not None:
            self._span.set_attribute("error.type", failed)
            self._span.set_status(Status(StatusCode.ERROR, failed))
        self._span.end(self._unix_ns(ended_ns))

    def _unix_ns(self, moment_ns: int | None) -> int:
        return self._epoch_ns + (time.monotonic_ns() if moment_ns is None else moment_ns)


class Sender(SpanExporter):
    """The library's exporter, with one line for a collector that is gone, and one for its return."""

    def __init__(self, url: str, place: str) -> None:
        self._exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_S)
        self._place = place
        self._failing = False
        self._closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._closed:
            return SpanExportResult.FAILURE
        result = self._exporter.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._failing and not self._closed:
            log.warning("traces are lost: nobody takes them", extra=named(endpoint=self._place))
        elif self._failing and not failed:
            log.info("traces are taken again", extra=named(endpoint=self._place))
        self._failing = failed
        return result

    def shutdown(self) -> None:
        if not self._closed:
            self._closed = True
            self._exporter.shutdown()  # type: ignore[no-untyped-call]


def _attributes(told: Mapping[str, Value]) -> dict[str, str | int | float | bool]:
    return {PREFIX + name: value for name, value in told.items() if value is not None}


def _url(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    return urlunsplit(parts._replace(path=PATH)) if parts.path in ("", "/") else endpoint


def _place(endpoint: str) -> str:
    """Without what may be secret."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
