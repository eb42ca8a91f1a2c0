"""What of a fragment's work goes into the artifacts."""

import contextlib

from dubbing_protocol import FragmentData, UnreadableAudio, audio_bytes

from sts_service.full.artifacts import Artifacts, Kept
from sts_service.full.draft import Draft
from sts_service.server.processor import Result


def keep(artifacts: Artifacts, fragment: FragmentData, result: Result, draft: Draft) -> None:
    """Hands it over; nothing waits."""
    original = dubbed = None
    with contextlib.suppress(UnreadableAudio):
        original = audio_bytes(fragment.audio)
    if result.dubbed_audio:
        dubbed = audio_bytes(result.dubbed_audio)
    metadata = {
        "fragment_id": fragment.fragment_id,
        "stream_id": fragment.stream_id,
        "sequence_number": fragment.sequence_number,
        "status": result.status,
        "error": result.error.to_wire() if result.error else None,
        "warnings": result.warnings,
        "stage_timings": result.stage_timings.to_wire() if result.stage_timings else None,
        "spoken_text": draft.spoken_text,
        "result": result.metadata.to_wire() if result.metadata else None,
    }
    kept = Kept(
        original=original,
        dubbed=dubbed,
        format=fragment.audio.format,
        transcript=result.transcript,
        translation=result.translated_text,
        metadata=metadata,
    )
    artifacts.keep(fragment.stream_id, fragment.fragment_id, kept)
