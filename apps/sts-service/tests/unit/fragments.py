"""Streams and fragments to try a session with."""

from typing import Any

from dubbing_protocol import Audio, FragmentData, StreamConfig, StreamInit

AUDIO = Audio(format="pcm_s16le", sample_rate_hz=48_000, channels=1, duration_ms=6000, data_base64="AAAAAAAA")


def an_init(
    stream_id: str = "stream", *, worker_id: str = "worker", max_inflight: int = 3, timeout_ms: int = 1000
) -> StreamInit:
    config = StreamConfig(
        source_language="en", target_language="es", channels=1, format="pcm_s16le", sample_rate_hz=48_000
    )
    return StreamInit(
        stream_id=stream_id,
        worker_id=worker_id,
        config=config,
        max_inflight=max_inflight,
        timeout_ms=timeout_ms,
    )


def a_fragment(
    number: int, fragment_id: str | None = None, *, stream_id: str = "stream", **audio: Any
) -> FragmentData:
    """A good fragment for `an_init`; what is given of the audio replaces what it has."""
    return FragmentData(
        fragment_id=f"f{number}" if fragment_id is None else fragment_id,
        stream_id=stream_id,
        sequence_number=number,
        timestamp=1_700_000_000_000,
        audio=AUDIO.model_copy(update=audio) if audio else AUDIO,
    )
