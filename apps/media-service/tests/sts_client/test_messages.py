"""What the service's results mean, and which are not usable."""

from typing import Any

import pytest
from media_service.sts.dub import Dub, Failure
from media_service.sts.messages import Unreadable, fragment_message, read_result
from pydantic import ValidationError

from sts_client.recorder import STREAM, fragment

AUDIO = {
    "format": "pcm_s16le",
    "sample_rate_hz": 8000,
    "channels": 1,
    "duration_ms": 1,
    "data_base64": "AAAA",
}
RESULT = {
    "fragment_id": "f-0",
    "stream_id": "match-1",
    "sequence_number": 0,
    "status": "success",
    "processing_time_ms": 3,
    "transcript": "said",
    "translated_text": "dicho",
    "dubbed_audio": AUDIO,
}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in RESULT.items() if name not in names}


def test_a_result_is_read_whole() -> None:
    dub = read_result(
        STREAM,
        RESULT
        | {
            "stage_timings": {"asr_ms": 1, "tts_ms": 2, "more_ms": 3},
            "warnings": ["speed_clamped"],
            "metadata": {"segments": [{"start_ms": 1, "end_ms": 2, "text": "said"}]},
            "unknown": 1,
        },
    )
    assert isinstance(dub, Dub)
    assert (dub.audio, dub.transcript, dub.translated_text) == (b"\0\0\0", "said", "dicho")
    assert dub.stage_timings == {"asr_ms": 1, "tts_ms": 2}
    assert (dub.segments, dub.warnings) == (((1, 2, "said"),), ("speed_clamped",))


def test_sound_may_be_an_attachment() -> None:
    audio = {name: value for name, value in AUDIO.items() if name != "data_base64"} | {"data": b"ab"}
    dub = read_result(STREAM, RESULT | {"dubbed_audio": audio})
    assert isinstance(dub, Dub)
    assert dub.audio == b"ab"


def test_a_slot_without_speech_may_come_without_sound() -> None:
    dub = read_result(STREAM, without("dubbed_audio", "transcript", "translated_text"))
    assert isinstance(dub, Dub)
    assert (dub.audio, dub.transcript) == (b"", "")


def test_a_failure_tells_its_code() -> None:
    error = {"code": "NEW", "message": "no", "retryable": True}
    failed = without("dubbed_audio") | {"status": "failed"}
    assert read_result(STREAM, failed | {"error": error}) == ("f-0", Failure("NEW", "no", retryable=True))
    assert read_result(STREAM, failed) == (
        "f-0",
        Failure("UNKNOWN", "the service gave no reason", retryable=False),
    )


@pytest.mark.parametrize(
    "payload",
    [
        RESULT | {"status": "done"},
        RESULT | {"stream_id": "match-2"},
        RESULT | {"dubbed_audio": 7},
        RESULT | {"dubbed_audio": AUDIO | {"data_base64": "!"}},
        RESULT | {"dubbed_audio": AUDIO | {"data_base64": ""}},
        RESULT | {"dubbed_audio": AUDIO | {"sample_rate_hz": 48_000}},
        RESULT | {"dubbed_audio": AUDIO | {"format": "m4a"}},
        without("dubbed_audio"),
    ],
)
def test_a_result_that_cannot_be_used_names_its_fragment(payload: Any) -> None:
    with pytest.raises(Unreadable) as raised:
        read_result(STREAM, payload)
    assert raised.value.fragment_id == "f-0"


@pytest.mark.parametrize("payload", [None, [], {}, {"fragment_id": 7}])
def test_a_result_of_nobody_is_invalid(payload: Any) -> None:
    with pytest.raises(ValidationError):
        read_result(STREAM, payload)


def test_a_fragment_goes_out_as_it_was_handed_in() -> None:
    wire = fragment_message(STREAM, fragment(3), 1, binary=True).to_wire()
    assert wire["audio"]["data"] == fragment(3).audio
    assert (wire["sequence_number"], wire["audio"]["samples"]) == (1, 800)
    assert wire["metadata"] == {"pts_ns": 300_000_000}
    wire = fragment_message(STREAM, fragment(3), 1, binary=False).to_wire()
    assert "data" not in wire["audio"]
