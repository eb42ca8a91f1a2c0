"""Between the protocol's messages and the words of this room."""

import time
from typing import Any

from dubbing_protocol import (
    Audio,
    FragmentData,
    FragmentMetadata,
    FragmentProcessed,
    StreamConfig,
    StreamInit,
    UnreadableAudio,
    audio_bytes,
    field_errors,
    make_audio,
)
from pydantic import ValidationError

from media_service.errors import SettingsWrong
from media_service.sts.dub import Dub, Failure
from media_service.sts.fragment import Fragment, Stream

MAX_TEXT = 300
"""Of what the service says, in a log line or a status."""


class Unreadable(ValueError):
    """A result that cannot be used, of a fragment that it names."""

    def __init__(self, fragment_id: str, problem: str) -> None:
        super().__init__(problem)
        self.fragment_id = fragment_id


def unix_ms() -> int:
    return time.time_ns() // 1_000_000


def problem(error: ValidationError) -> str:
    """The first wrong field, without its value."""
    first = field_errors(error, limit=1)[0]
    return f"{first['field']}: {first['problem']}"[:MAX_TEXT]


def init_of(stream: Stream) -> StreamInit:
    """Raises `SettingsWrong` where the protocol does not know such a stream."""
    try:
        return StreamInit(
            stream_id=stream.stream_id,
            worker_id=stream.worker_id,
            config=StreamConfig(
                source_language=stream.source_language,
                target_language=stream.target_language,
                voice_profile=stream.voice_profile,
                chunk_duration_ms=stream.chunk_duration_ms,
                sample_rate_hz=stream.sample_rate_hz,
                channels=stream.channels,
                format=stream.format,
                domain=stream.domain,
            ),
            max_inflight=stream.max_inflight,
            timeout_ms=stream.timeout_ms,
        )
    except ValidationError as error:
        raise SettingsWrong(f"the speech service cannot be asked for this stream: {problem(error)}") from None


def fragment_message(
    stream: Stream, fragment: Fragment, number: int, *, binary: bool, traceparent: str | None = None
) -> FragmentData:
    """Raises pydantic's `ValidationError` for a fragment that the protocol cannot carry."""
    return FragmentData(
        fragment_id=fragment.fragment_id,
        stream_id=stream.stream_id,
        sequence_number=number,
        timestamp=unix_ms(),
        audio=make_audio(
            fragment.audio,
            format=stream.format,
            sample_rate_hz=stream.sample_rate_hz,
            channels=stream.channels,
            duration_ms=fragment.duration_ms,
            samples=fragment.samples,
            binary=binary,
        ),
        metadata=FragmentMetadata(
            pts_ns=fragment.pts_ns, source_pts_ns=fragment.source_pts_ns, traceparent=traceparent
        ),
    )


def fragment_id_of(payload: Any) -> str | None:
    """The fragment that a payload speaks of, however broken the rest of it is."""
    fragment_id = payload.get("fragment_id") if isinstance(payload, dict) else None
    return fragment_id if isinstance(fragment_id, str) else None


def read_result(stream: Stream, payload: Any) -> Dub | tuple[str, Failure]:
    """What `fragment:processed` says; a failure comes with the fragment's id.

    Raises `Unreadable`, or `ValidationError` where not even the fragment can be told.
    """
    try:
        message = FragmentProcessed.from_wire(payload)
    except ValidationError as error:
        fragment_id = fragment_id_of(payload)
        if fragment_id is None:
            raise
        raise Unreadable(fragment_id, problem(error)) from None
    if message.stream_id != stream.stream_id:
        raise Unreadable(message.fragment_id, "the answer is another stream's")
    if message.status == "failed":
        return message.fragment_id, _failure(message)
    timings = message.stage_timings
    known = timings.model_dump(exclude_none=True, include=set(type(timings).model_fields)) if timings else {}
    segments = message.metadata.segments if message.metadata else None
    return Dub(
        fragment_id=message.fragment_id,
        sequence_number=message.sequence_number,
        status=message.status,
        audio=_sound(stream, message),
        transcript=message.transcript or "",
        translated_text=message.translated_text or "",
        segments=tuple((segment.start_ms, segment.end_ms, segment.text) for segment in segments or ()),
        processing_time_ms=message.processing_time_ms,
        stage_timings=known,
        warnings=tuple(message.warnings or ()),
    )


def _failure(message: FragmentProcessed) -> Failure:
    if message.error is None:
        return Failure("UNKNOWN", "the service gave no reason", retryable=False)
    error = message.error
    return Failure(str(error.code), error.message[:MAX_TEXT], error.retryable)


def _sound(stream: Stream, message: FragmentProcessed) -> bytes:
    """The dub in the stream's own format; nothing where there was no speech."""
    audio = message.dubbed_audio
    if audio is None:
        if message.transcript or message.translated_text:
            raise Unreadable(message.fragment_id, "a dub without sound")
        return b""
    _check_format(stream, message.fragment_id, audio)
    try:
        data = audio_bytes(audio)
    except UnreadableAudio as error:
        raise Unreadable(message.fragment_id, str(error)) from None
    if not data:
        raise Unreadable(message.fragment_id, "a dub without sound")
    return data


def _check_format(stream: Stream, fragment_id: str, audio: Audio) -> None:
    for name in ("format", "sample_rate_hz", "channels"):
        given, expected = getattr(audio, name), getattr(stream, name)
        if given != expected:
            raise Unreadable(fragment_id, f"{name} is {given}, the stream has {expected}")
