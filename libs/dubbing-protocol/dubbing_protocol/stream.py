"""The `stream:*` family: a stream's beginning, pauses and end."""

from typing import Annotated, Literal

from pydantic import Field

from dubbing_protocol.model import (
    AudioFormat,
    Channels,
    Count,
    Language,
    Message,
    Name,
    SampleRate,
    Uuid,
)

PROTOCOL_VERSION: Literal["1.1"] = "1.1"

CloseReason = Literal["completed", "taken_over", "idle", "shutdown"]


class StreamConfig(Message):
    """What the worker will send, and what it wants back."""

    source_language: Language
    """The language spoken in the source."""
    target_language: Language
    """The language to dub into."""
    voice_profile: Annotated[str, Field(min_length=1, max_length=128)] = "default"
    """A profile in the service's voices.json."""
    chunk_duration_ms: Annotated[int, Field(ge=100, le=30_000)] = 6000
    """Milliseconds; the usual length of a fragment."""
    sample_rate_hz: SampleRate = 48_000
    """Hertz, of every fragment and every result."""
    channels: Channels
    """1 or 2, of every fragment and every result."""
    format: AudioFormat = "m4a"
    """`m4a`: AAC in MP4; `pcm_s16le`: interleaved signed 16 bit little endian without a header."""
    domain: Annotated[str, Field(min_length=1, max_length=64)] = "general"
    """A hint at the vocabulary: general, sports, news, ..."""


class StreamInit(Message):
    """Opens the stream of this connection. The first event a worker sends."""

    stream_id: Name
    """Names the stream; one connection at a time holds it."""
    worker_id: Name
    """Names the worker; the same worker may take its stream over from a new connection."""
    config: StreamConfig
    max_inflight: Annotated[int, Field(ge=1, le=10)] = 3
    """Fragments sent and not yet answered that the worker means to keep to."""
    timeout_ms: Annotated[int, Field(ge=1000, le=30_000)] = 8000
    """Milliseconds a fragment may take, and a gap may stay open."""


class Capabilities(Message):
    """What this server can do beyond the protocol's minimum."""

    batch_processing: bool
    """Several fragments are worked on at once."""
    async_delivery: Literal[True] = True
    """Results come as events of their own."""
    binary_audio: bool
    """`audio.data` may be a binary attachment."""
    protocol_version: Literal["1.1"] = PROTOCOL_VERSION
    """The version of this page that the server speaks."""


class StreamReady(Message):
    """Answers `stream:init`: fragments may come."""

    stream_id: Name
    session_id: Uuid
    """A UUID; a new one for every session, also for a takeover."""
    max_inflight: Annotated[int, Field(ge=1, le=10)]
    """Confirmed; more than this in flight counts as pressure."""
    capabilities: Capabilities


class StreamPause(Message):
    """The worker has nothing to send for a while; what is in flight is still delivered."""

    stream_id: Name
    reason: Annotated[str, Field(max_length=1000)] | None = None
    """For the log."""


class StreamResume(Message):
    """Ends a pause."""

    stream_id: Name


class StreamEnd(Message):
    """No more fragments; the server delivers what is in flight, then sends `stream:complete`."""

    stream_id: Name
    reason: Annotated[str, Field(max_length=1000)] | None = None
    """For the log."""


class StreamStatistics(Message):
    """Every accepted fragment is counted once; a retry's result replaces the failure before it."""

    success_count: Count
    """Fragments dubbed."""
    partial_count: Count
    """Fragments dubbed with a flaw that `warnings` named."""
    failed_count: Count
    """Fragments answered `failed`."""
    avg_processing_time_ms: Annotated[float, Field(ge=0)]
    """Milliseconds, mean over all fragments."""
    p95_processing_time_ms: Annotated[float, Field(ge=0)]
    """Milliseconds, 95th percentile over the latest 10,000 fragments."""


class StreamComplete(Message):
    """Everything accepted has been answered. Sent once; the connection is closed a little later."""

    stream_id: Name
    total_fragments: Count
    """Fragments accepted, a retry not counted again."""
    total_duration_ms: Count
    """Milliseconds of audio in those fragments."""
    statistics: StreamStatistics


class StreamClosed(Message):
    """The last thing sent before the server closes a connection."""

    stream_id: Name | None = None
    """Absent where the connection had no stream."""
    reason: CloseReason
    """After `taken_over` a client must not come back; after `shutdown` and `idle` it may."""
    message: str
    """One line for the log."""
