"""When backpressure is announced: on a change of severity, or when the simulation pretends one."""

from dubbing_protocol import ACTIONS, DELAYS_MS, Backpressure, SimulatedPressure

from sts_service.server.flow import PressureGauge


class Pressure:
    """One stream's announcements; a pretended level stands until its own end. The clock is passed in."""

    def __init__(self, stream_id: str, gauge: PressureGauge) -> None:
        self.pretended_until: float | None = None
        self._stream_id = stream_id
        self._gauge = gauge
        self._pretended: SimulatedPressure | None = None

    def update(self, inflight: int, queue_depth: int) -> Backpressure | None:
        """Takes the new count; the announcement where the severity changed."""
        changed = self._gauge.update(inflight)
        return self._message(inflight, queue_depth) if changed and self._pretended is None else None

    def pretend(
        self, pressure: SimulatedPressure, now: float, inflight: int, queue_depth: int
    ) -> Backpressure:
        """Announces a level that is not so."""
        self._pretended = pressure
        self.pretended_until = now + pressure.clear_after_ms / 1000
        return self._message(inflight, queue_depth)

    def stop_pretending(self, inflight: int, queue_depth: int) -> Backpressure | None:
        """Announces the level as it is, where another one was pretended."""
        if self._pretended is None:
            return None
        self._pretended = self.pretended_until = None
        return self._message(inflight, queue_depth)

    def _message(self, inflight: int, queue_depth: int) -> Backpressure:
        severity = self._gauge.severity
        action, delay_ms = ACTIONS[severity], DELAYS_MS[severity]
        if self._pretended:
            severity, action = self._pretended.severity, self._pretended.action
            wanted_ms = self._pretended.recommended_delay_ms
            delay_ms = DELAYS_MS[severity] if wanted_ms is None else wanted_ms
        return Backpressure(
            stream_id=self._stream_id,
            severity=severity,
            action=action,
            current_inflight=inflight,
            queue_depth=queue_depth,
            recommended_delay_ms=delay_ms,
        )
