"""What `GET /v1/status` tells: where a worker stands, in one picture. The URLs in it are masked."""

from dataclasses import dataclass
from typing import Literal

from media_service.metrics.worker import MODES, Mode
from media_service.worker.advice import Advice

State = Literal["waiting", "dubbing", "degraded", "original", "ended"]
"""`waiting`: no media yet; `degraded`: the original is heard where a dub is wanted; `original`: as chosen."""

EndState = Literal["connecting", "up", "lost", "ended"]

Phase = Literal["succeeding", "steady", "promised", "leaving", "left"]
"""`succeeding`: the output is still the predecessor's; from `leaving` on it is the successor's."""

BreakerName = Literal["closed", "half_open", "open"]

__all__ = [
    "MODES",
    "BreakerName",
    "EndState",
    "EndStatus",
    "Mode",
    "Phase",
    "PreviewStatus",
    "State",
    "Status",
]


@dataclass(frozen=True, kw_only=True)
class EndStatus:
    """One end of the worker: where the stream comes from, or where it goes to."""

    url: str
    """masked"""
    kind: str
    """rtsp, rtmp, srt, hls, file"""
    state: EndState
    reconnects: int = 0
    video_codec: str | None = None
    audio_codec: str | None = None


@dataclass(frozen=True)
class PreviewStatus:
    state: Literal["off", "on", "failed"]
    reason: str | None = None
    """why it failed, or is off although it was asked for"""


@dataclass(frozen=True, kw_only=True)
class Status:
    stream_id: str
    run_id: str
    """new with every start of the process"""
    instance_id: str
    state: State
    mode: Mode
    """the operator's choice of sound"""
    sts_mode: Literal["enabled", "passthrough"]
    source_language: str | None
    target_language: str | None
    uptime_s: float
    delay_ms: int
    """how much later the output is than the input"""
    dubbed_share: float | None
    """0 to 1, of what was heard in the last five minutes; None before anything was"""
    breaker: BreakerName
    sts_connected: bool
    sts_refusal: str | None
    """why the service does not let the stream in, in its own words"""
    sts_session_id: str | None
    inflight: int
    input: EndStatus
    output: EndStatus
    buffered_bytes: int
    av_sync_delta_ms: float | None
    """sound after picture; None before it was measured"""
    advice: Advice | None
    """there while too many dubs come late"""
    preview: PreviewStatus = PreviewStatus("off")
    phase: Phase = "steady"
    """where it stands between a predecessor and a successor"""
    sts_stream_id: str | None = None
    """the stream's name at the speech service; None without one"""
