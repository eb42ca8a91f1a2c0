"""How a stream stands now: what its keeper knows, what its worker tells, put together for `StreamView`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from media_service.config.urls import mask
from media_service.orchestrator.control.alarms import Standing, alarms
from media_service.orchestrator.control.assignment import for_worker, input_url, output_url
from media_service.orchestrator.control.stream_view import (
    SOURCE_ENDED,
    ForwardView,
    Phase,
    State,
    StreamView,
)
from media_service.orchestrator.wanted.life import Worker

if TYPE_CHECKING:
    from media_service.orchestrator.control.keeper import Keeper

_STATES: dict[str, State] = {
    "waiting": "waiting",
    "dubbing": "dubbing",
    "degraded": "degraded",
    "original": "original",
    "ended": "ended",
}


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
        successor_pid=keeper.succession.worker.pid if keeper.succession.worker is not None else None,
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
    if life.worker is Worker.RUNNING and keeper.succession.worker is not None:
        return "handing_over"
    if life.worker is Worker.RUNNING:
        return "starting" if keeper.told is None else "running"
    if not life.enabled:
        return "stopped"
    if not life.is_wanted:
        return "waiting"
    return "gave_up" if life.is_degraded(now_s) else "restarting"


def _utc(unix_ms: int) -> str:
    return (
        datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
