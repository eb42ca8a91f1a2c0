"""A stream as the API and the page show it, and which of it is news: no key in it."""

from dataclasses import dataclass
from typing import Any, Literal

from media_service.metrics.worker import Mode
from media_service.orchestrator.control.alarms import Alarm
from media_service.orchestrator.store.records import Mix, Origin

State = Literal["waiting", "dubbing", "degraded", "original", "ended"]
Phase = Literal[
    "stopped", "waiting", "starting", "running", "handing_over", "stopping", "restarting", "gave_up"
]

SOURCE_ENDED = "its source has ended"
"""The reason that is no crash."""

_MEASURED = ("uptime_s", "delay_ms", "dubbed_share", "av_sync_delta_ms")


@dataclass(frozen=True, kw_only=True)
class ForwardView:
    """A destination that the dubbed stream is sent on to."""

    url: str
    """masked"""
    state: Literal["waiting", "running", "retrying"]
    attempts: int
    """failed in a row"""


@dataclass(frozen=True, kw_only=True)
class StreamView:
    stream_id: str
    origin: Origin
    state: State
    """what viewers get; `degraded` too while its worker crashes over and over"""
    phase: Phase
    """where its worker stands"""
    reason: str | None
    mode: Mode
    """the operator's choice of sound"""
    enabled: bool
    """False: stopped, or a fetched source has ended"""
    publishing: bool
    """somebody publishes it to the media server"""
    input_url: str
    """masked"""
    output_url: str
    """masked"""
    pulls: bool
    """fetched from a URL of its own"""
    source_language: str
    target_language: str
    voice: str
    mix: Mix
    forwards: tuple[ForwardView, ...]
    restart_needed: bool
    """its worker was started with other settings"""
    restarts: int
    """after crashes, in the last ten minutes"""
    pid: int | None
    successor_pid: int | None
    """of the worker that is about to take the stream over from that one"""
    alarms: tuple[Alarm, ...]
    """what somebody must look at, the worst first"""
    uptime_s: float | None
    """of its worker; None, as the next ones, while none answers"""
    delay_ms: int | None
    """how much later the output is than the input"""
    dubbed_share: float | None
    """0 to 1, of what was heard in the last five minutes; None too before anything was"""
    av_sync_delta_ms: float | None
    """sound after picture, as measured at the output; None too before it was"""
    breaker: str | None
    """closed, half_open or open"""
    worker: dict[str, Any] | None
    """the worker's own `GET /v1/status`, some second old; None while none answers"""
    created_at: str
    updated_at: str

    def news(self) -> dict[str, Any]:
        """What is worth an event at once when it changes: no measured values."""
        told = self.worker or {}
        shown = {name: told.get(name) for name in ("run_id", "sts_connected", "preview")}
        ends = {name: _end(told.get(name)) for name in ("input", "output")}
        codes = [alarm.code for alarm in self.alarms]
        unmeasured = {name: value for name, value in vars(self).items() if name not in _MEASURED}
        return {**unmeasured, "worker": {**shown, **ends}, "alarms": codes}

    def measures(self) -> tuple[object, ...]:
        """What is worth an event now and then: rounded, so that it stands still while nothing happens."""
        share, delta_ms = self.dubbed_share, self.av_sync_delta_ms
        return (
            self.delay_ms,
            None if share is None else round(share, 2),
            None if delta_ms is None else round(delta_ms, -1),
            self.alarms,
        )


def _end(told: Any) -> Any:
    return told.get("state") if isinstance(told, dict) else None
