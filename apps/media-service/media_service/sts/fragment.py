"""What the worker hands in and gets back: a slot's sound, its dub, or why there is none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from dubbing_protocol.model import AudioFormat, SampleRate


@dataclass(frozen=True)
class Stream:
    """What `stream:init` says."""

    stream_id: str
    worker_id: str
    source_language: str
    target_language: str
    voice_profile: str = "default"
    chunk_duration_ms: int = 6000
    sample_rate_hz: SampleRate = 48_000
    channels: int = 2
    format: AudioFormat = "m4a"
    domain: str = "general"
    max_inflight: int = 3
    timeout_ms: int = 8000


@dataclass(frozen=True, eq=False)
class Fragment:
    """The sound of one slot."""

    slot: int
    fragment_id: str
    audio: bytes
    samples: int
    """Per channel, at the stream's rate."""
    duration_ms: int
    pts_ns: int
    source_pts_ns: int | None
    deadline_ns: int | None
    """By the service's clock: when the slot is decided. None: it waits for its result (file mode)."""
    traceparent: str | None = None
    """The trace of the slot, where there is one."""
    anchors: tuple[tuple[int, int], ...] = ()
    """Where its sound lies in the slot, beside a hole of the source (see `worker.anchors`)."""


@dataclass(frozen=True, eq=False)
class Answer:
    """A dub. With `late` it only tells by how much: its slot has had its fallback."""

    slot: int
    fragment: Fragment
    status: Literal["success", "partial"]
    audio: bytes
    """In the stream's format; empty where the service found no speech and sent no sound."""
    transcript: str
    translated_text: str
    segments: tuple[tuple[int, int, str], ...]
    """Start and end in milliseconds from the fragment's first sample, and the text."""
    processing_time_ms: int
    stage_timings: dict[str, int]
    """Milliseconds: asr_ms, translation_ms, tts_ms, those that are known."""
    warnings: tuple[str, ...]
    rtt_ms: float
    margin_ms: float | None
    """How long before its deadline it came; negative when late, None without a deadline."""
    late: bool


class Reason(StrEnum):
    """Why a slot has no dub."""

    DISCONNECTED = "disconnected"
    """There was no session, or it was lost while the fragment was in flight."""
    BREAKER_OPEN = "breaker_open"
    DEADLINE = "deadline"
    """Sent, and not answered when the slot had to be decided."""
    TIMEOUT = "timeout"
    """Sent, and not answered within the fragment's time-out, before any deadline."""
    FAILED = "failed"
    """The service answered with a failure."""
    REFUSED = "refused"
    """The service did not take the fragment."""
    BACKPRESSURE = "backpressure"
    """Not sent before its deadline, because the service asked to wait."""
    NO_TIME = "no_time"
    """Not sent, because its answer could not have come in time."""
    OVERFLOW = "overflow"
    """Not sent, because too many newer ones waited behind it."""
    UNREADABLE = "unreadable"
    """The answer could not be understood."""
    ENDED = "ended"
    """The stream ended, or changed its format, before the fragment was answered."""


@dataclass(frozen=True)
class Fallback:
    """The slot is decided: no dub."""

    slot: int
    reason: Reason
    code: str | None
    """The protocol's error code, where one was given."""
    message: str
