"""A stream as the API and the page show it: no key in it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from media_service.config.urls import mask
from media_service.metrics.worker import Mode
from media_service.orchestrator.control.alarms import Alarm, Standing, alarms
from media_service.orchestrator.control.assignment import for_worker, input_url, output_url
from media_service.orchestrator.store.records import Mix, Origin
from media_service.orchestrator.wanted.life import Worker

if TYPE_CHECKING:
    from media_service.orchestrator.control.keeper import Keeper

State = Literal["waiting", "dubbing", "degraded", "original", "ended"]
Phase = Literal["stopped", "waiting", "starting", "running", "stopping", "restarting", "gave_up"]

SOURCE_ENDED = "its source has ended"
"""The reason that is no crash."""

_STATES: dict[str, State] = {
    "waiting": "waiting",
    "dubbing": "dubbing",
    "degraded": "degraded",
    "original": "original",
    "ended": "ended",
}


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


def view(keeper: "Keeper") -> StreamView:
    stream, settings, life = keeper.stream, keeper.house.settings, keeper.life
    now_s = keeper.house.clock()
    worker, told = keeper.worker, keeper.told or {}
    return StreamView(
        stream_id=stream.stream_id,
        origin=stream.origin,
        state=state_of(keeper),
        phase=_phase(keeper, now_s),
        reason=keeper.reason,
        mode=stream.mode,
        enabled=life.enabled,
        publishing=life.presence.present,
        input_url=mask(input_url(stream, settings)),
        output_url=mask(output_url(stream, settings)),
        pulls=stream.pulls,
        source_language=stream.source_language,
        target_language=stream.target_language,
        voice=stream.voice,
        mix=stream.mix,
        forwards=tuple(
            ForwardView(url=mask(one.url), state=one.state, attempts=one.retry.attempts)
            for one in keeper.forwarders.all
        ),
        restart_needed=worker is not None and not worker.was_started_with(for_worker(stream, settings)),
        restarts=life.restarts.recent(now_s),
        pid=worker.pid if worker is not None else None,
        alarms=alarms(_standing(keeper, now_s), keeper.told),
        uptime_s=told.get("uptime_s"),
        delay_ms=told.get("delay_ms"),
        dubbed_share=told.get("dubbed_share"),
        av_sync_delta_ms=told.get("av_sync_delta_ms"),
        breaker=told.get("breaker"),
        worker=keeper.told,
        created_at=_utc(stream.created_unix_ms),
        updated_at=_utc(stream.updated_unix_ms),
    )


def _standing(keeper: "Keeper", now_s: float) -> Standing:
    return Standing(
        crashed=keeper.reason if keeper.reason != SOURCE_ENDED else None,
        gave_up=keeper.life.is_degraded(now_s),
        silent=keeper.silent,
        forwards_retrying=sum(one.state == "retrying" for one in keeper.forwarders.all),
    )


def state_of(keeper: "Keeper") -> State:
    if keeper.told is not None:
        return _STATES.get(str(keeper.told.get("state")), "waiting")
    if keeper.worker is not None:
        return "waiting"
    if not keeper.life.enabled:
        return "ended"
    return "degraded" if keeper.life.is_degraded(keeper.house.clock()) else "waiting"


def _phase(keeper: "Keeper", now_s: float) -> Phase:
    life = keeper.life
    if life.worker is Worker.STOPPING:
        return "stopping"
    if life.worker is Worker.RUNNING:
        return "starting" if keeper.told is None else "running"
    if not life.enabled:
        return "stopped"
    if not life.is_wanted:
        return "waiting"
    return "gave_up" if life.is_degraded(now_s) else "restarting"


def _end(told: Any) -> Any:
    return told.get("state") if isinstance(told, dict) else None


def _utc(unix_ms: int) -> str:
    return (
        datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
