"""What a connection tells of its fragments' work, where traces are wanted: from acceptance to delivery."""

from dataclasses import dataclass

from dubbing_protocol import FragmentProcessed
from service_kit.tracing import NO_SPAN, Span, Tracer

from sts_service.server.effects import Work


@dataclass(slots=True)
class _Trace:
    whole: Span
    delivery: Span = NO_SPAN
    """From the end of the work: those before it are delivered first."""


class Traces:
    """Of one connection."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._open: dict[str, _Trace] = {}

    def accepted(self, work: Work, session_id: str | None) -> Span:
        """What the work on it is a part of."""
        fragment = work.fragment
        whole = self._tracer.begin(
            "sts.fragment",
            parent=fragment.metadata.traceparent if fragment.metadata else None,
            kind="server",
            stream_id=fragment.stream_id,
            session_id=session_id,
            fragment_id=fragment.fragment_id,
            sequence_number=fragment.sequence_number,
            duration_ms=fragment.audio.duration_ms,
            is_retry=work.failure_before is not None,
        )
        if whole is not NO_SPAN:
            self._open[fragment.fragment_id] = _Trace(whole)
        return whole

    def worked(self, work: Work, *, withheld: bool) -> None:
        trace = self._open.get(work.fragment.fragment_id)
        if trace and withheld:
            self._end(work.fragment.fragment_id, "withheld")
        elif trace:
            trace.delivery = trace.whole.part("sts.deliver")

    def answered(self, message: FragmentProcessed) -> None:
        trace = self._open.get(message.fragment_id)
        if trace is None:
            return
        error = message.error
        trace.whole.tell(
            status=message.status,
            processing_ms=message.processing_time_ms,
            stage=error.stage if error else None,
        )
        self._end(message.fragment_id, str(error.code) if error else None)

    def close(self) -> None:
        """The connection is gone, and nobody waits for the rest."""
        for fragment_id in tuple(self._open):
            self._end(fragment_id, "DISCONNECTED")

    def _end(self, fragment_id: str, failed: str | None) -> None:
        trace = self._open.pop(fragment_id)
        trace.delivery.end()
        trace.whole.end(failed=failed)
