"""Streams as the API shows them, in whatever state a test wants."""

from typing import Any

from media_service.orchestrator.control.alarms import Standing, alarms
from media_service.orchestrator.control.stream_view import ForwardView, StreamView
from media_service.worker.advice import Advice
from media_service.worker.status import EndStatus, State, Status

DELAY_MS = 8000
LANGUAGES = ("es", "fr", "de", "pt-BR", "it", "es-419")


def told_by_worker(stream_id: str, **changes: Any) -> dict[str, Any]:
    """What `GET /v1/status` of its worker says."""
    status = Status(
        stream_id=stream_id,
        run_id="a1b2c3",
        instance_id=f"studio-{stream_id}",
        state="dubbing",
        mode="dub",
        sts_mode="enabled",
        source_language="en",
        target_language="es",
        uptime_s=4021.0,
        delay_ms=DELAY_MS,
        dubbed_share=0.97,
        breaker="closed",
        sts_connected=True,
        sts_refusal=None,
        sts_session_id="s1",
        inflight=1,
        input=EndStatus(url="rtmp://***", kind="rtmp", state="up", video_codec="h264", audio_codec="aac"),
        output=EndStatus(url="rtmp://***", kind="rtmp", state="up"),
        buffered_bytes=1_500_000,
        av_sync_delta_ms=4.0,
        advice=None,
    )
    ends = {"input": vars(status.input), "output": vars(status.output)}
    return {**vars(status), **ends, "preview": {"state": "off"}, **changes}


def shown(stream_id: str, *, worker: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """As `GET /v1/streams/{stream_id}` shows it."""
    told = told_by_worker(stream_id) if worker is None else worker
    view = StreamView(
        stream_id=stream_id,
        origin="hand",
        state="dubbing",
        phase="running",
        reason=None,
        mode="dub",
        enabled=True,
        publishing=True,
        input_url="rtmp://127.0.0.1:1935/live/***/in",
        output_url="rtmp://127.0.0.1:1935/live/***/out",
        pulls=False,
        source_language="en",
        target_language="es",
        voice="default",
        mix="duck",
        forwards=(),
        restart_needed=False,
        restarts=0,
        successor_pid=None,
        pid=4711,
        alarms=(),
        uptime_s=told["uptime_s"],
        delay_ms=told["delay_ms"],
        dubbed_share=told["dubbed_share"],
        av_sync_delta_ms=told["av_sync_delta_ms"],
        breaker=told["breaker"],
        worker=told,
        created_at="2025-01-01T08:00:00.000Z",
        updated_at="2025-01-01T08:00:00.000Z",
    )
    retrying = sum(one["state"] == "retrying" for one in changes.get("forwards", []))
    known = Standing(crashed=None, gave_up=False, silent=False, forwards_retrying=retrying)
    raised = [vars(one) for one in alarms(known, told)]
    return {**vars(view), "alarms": raised, **changes}


def waiting(stream_id: str, **changes: Any) -> dict[str, Any]:
    """Nobody publishes it."""
    idle: dict[str, Any] = {"state": "waiting", "phase": "waiting", "publishing": False}
    measured = ("pid", "uptime_s", "delay_ms", "dubbed_share", "av_sync_delta_ms", "breaker", "worker")
    return {**shown(stream_id), **idle, **dict.fromkeys(measured), **changes}


def in_state(stream_id: str, state: State, number: int) -> dict[str, Any]:
    """One of many, with what belongs to its state."""
    language = LANGUAGES[number % len(LANGUAGES)]
    up_s = 40.0 + number * 3337.0
    told = {"uptime_s": up_s, "target_language": language}
    if state in ("waiting", "ended"):
        ended = {"state": "ended", "phase": "stopped", "enabled": False} if state == "ended" else {}
        return waiting(stream_id, target_language=language, **ended)
    if state == "original":
        worker = told_by_worker(stream_id, state="original", mode="original", **told)
        return shown(stream_id, state="original", mode="original", target_language=language, worker=worker)
    if state == "degraded":
        advice = vars(Advice(missed_share=0.42, needed_offset_ms=5200, raise_by_ms=2200))
        trouble: dict[str, Any] = (
            {"advice": advice, "dubbed_share": 0.58}
            if number % 2
            else {"breaker": "open", "sts_connected": False, "dubbed_share": 0.11}
        )
        worker = told_by_worker(stream_id, state="degraded", **told, **trouble)
        return shown(
            stream_id, state="degraded", target_language=language, worker=worker, restarts=number % 3
        )
    worker = told_by_worker(stream_id, **told, dubbed_share=0.91 + number % 10 / 100)
    retrying = ForwardView(url="rtmp://cdn.example.org/live/***", state="retrying", attempts=3)
    forwards = [vars(retrying)] if number % 9 == 0 else []
    return shown(stream_id, target_language=language, worker=worker, forwards=forwards)


def many(count: int) -> list[dict[str, Any]]:
    states: tuple[State, ...] = (
        "dubbing",
        "dubbing",
        "dubbing",
        "waiting",
        "dubbing",
        "original",
        "dubbing",
        "ended",
        "dubbing",
    )
    found = []
    for number in range(count):
        state: State = "degraded" if number % 23 == 7 else states[number % len(states)]
        found.append(in_state(f"channel-{number + 1}", state, number))
    return found
