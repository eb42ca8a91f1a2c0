"""Each field of each event: what it takes, what it refuses, and what is done about fields nobody knows."""

from typing import Any

import pytest
from dubbing_protocol import TO_SERVER, TO_WORKER, Message
from good_payloads import AUDIO, GOOD
from payload_samples import put
from pydantic import ValidationError

# Several rows of a field share its values; what a row needs beside the field itself is in GOOD.
NAME = (["a", "A-z_9", "x" * 64], ["", "a b", "x" * 65, "é", "a\n", 1, None, ["a"]])
NULLABLE_NAME = (["a", None], ["", "a b", 1])
FRAGMENT_ID = (["f", "ü 1/2", "x" * 128], ["", "x" * 129, "a\tb", "a\x7f", "a\n", 1, None])
COUNT = ([0, 2**53 - 1], [-1, 2**53, 0.5, 1.0, "1", True, None])
NULLABLE_COUNT = ([0, 2**53 - 1, None], [-1, 2**53, 0.5, "1", True])
FLAG = ([True, False], [0, 1, "true", None])
TEXT = (["", "x" * 5000], [1, None, ["x"]])
NULLABLE_TEXT = (["", None], [1, ["x"], {}])
REASON = (["", "x" * 1000, None], ["x" * 1001, 1])
LANGUAGE = (["en", "fil", "es-419", "zh-Hant-TW"], ["", "e", "english", "en_US", "en-", 1, None])
RATE = ([8000, 16_000, 22_050, 24_000, 44_100, 48_000], [0, 11_025, 96_000, "48000", 48_000.5, True, None])
CHANNELS = ([1, 2], [0, 3, "1", True, None])
FORMAT = (["m4a", "pcm_s16le"], ["mp3", "M4A", "", None])
SEVERITY = (["low", "medium", "high"], ["none", "", None, 1])
ACTION = (["none", "slow_down", "pause"], ["stop", "", None])
STAGE = (["asr", "translation", "tts", None], ["vad", "", 1])
NUMBER = ([0, 0.5, -1.5, None], ["1", True, [1]])
TIME = ([0, 0.5, 10**6], [-0.1, "1", None, True])
DELAY = ([0, 60_000], [-1, 60_001, 0.5, None])
NULLABLE_DELAY = ([0, 60_000, None], [-1, 60_001, 0.5])

FIELDS: dict[str, tuple[list[Any], list[Any]]] = {
    "> stream:init stream_id": NAME,
    "> stream:init worker_id": NAME,
    "> stream:init config.source_language": LANGUAGE,
    "> stream:init config.target_language": LANGUAGE,
    "> stream:init config.voice_profile": (["x", "x" * 128], ["", "x" * 129, 1, None]),
    "> stream:init config.chunk_duration_ms": ([100, 30_000], [99, 30_001, 100.5, "100", None]),
    "> stream:init config.sample_rate_hz": RATE,
    "> stream:init config.channels": CHANNELS,
    "> stream:init config.format": FORMAT,
    "> stream:init config.domain": (["general", "x" * 64], ["", "x" * 65, 1, None]),
    "> stream:init max_inflight": ([1, 10], [0, 11, 1.5, "3", True, None]),
    "> stream:init timeout_ms": ([1000, 30_000], [999, 30_001, "8000", None]),
    "> stream:pause stream_id": NAME,
    "> stream:pause reason": REASON,
    "> stream:resume stream_id": NAME,
    "> stream:end stream_id": NAME,
    "> stream:end reason": REASON,
    "> fragment:data fragment_id": FRAGMENT_ID,
    "> fragment:data stream_id": NAME,
    "> fragment:data sequence_number": COUNT,
    "> fragment:data timestamp": COUNT,
    "> fragment:data audio": ([AUDIO], [None, [], "AAAA", {}]),
    "> fragment:data audio.format": FORMAT,
    "> fragment:data audio.sample_rate_hz": RATE,
    "> fragment:data audio.channels": CHANNELS,
    "> fragment:data audio.duration_ms": ([1, 60_000], [0, 60_001, 0.5, "1", None]),
    "> fragment:data audio.samples": ([1, 2_880_000, None], [0, 2_880_001, 0.5, "1"]),
    "> fragment:data audio.data_base64": (["", "AAAA"], [None, 1, b"AAAA", ["AAAA"]]),
    "> fragment:data metadata": ([None, {}, {"pts_ns": None}], [[], "x", 1]),
    "> fragment:data metadata.pts_ns": ([0, -1, 2**63, None], [0.5, "1", True]),
    "> fragment:data metadata.source_pts_ns": ([0, -1, None], [0.5, "1", True]),
    "> fragment:ack fragment_id": FRAGMENT_ID,
    "> fragment:ack status": (["received", "applied"], ["queued", "", None]),
    "> fragment:ack timestamp": COUNT,
    "> fragment:skip stream_id": NAME,
    "> fragment:skip sequence_numbers": ([[0], [5, 5], [1] * 1000], [[], [1] * 1001, [-1], [None], 1, None]),
    "> config:error_simulation enabled": FLAG,
    "> config:error_simulation rules": ([[]], [None, {}, [1], [{}]]),
    "> config:error_simulation rules.0.trigger": (["sequence_number"], ["always", None, "fragment_id"]),
    "> config:error_simulation rules.0.value": ([1], [0, -1, "f", 0.5, True, None]),
    "> config:error_simulation rules.0.error_code": (["CANCELLED"], ["NEW_CODE", None, 1]),
    "> config:error_simulation rules.0.error_message": (["", None, "x" * 1000], ["x" * 1001, 1]),
    "> config:error_simulation rules.0.retryable": ([True, False, None], [0, "true"]),
    "> config:error_simulation rules.0.stage": STAGE,
    "> config:error_simulation rules.0.kind": (
        ["failed", "delay", "drop", "disconnect", "corrupt_audio"],
        ["", None, "x"],
    ),
    "> config:error_simulation rules.0.delay_ms": NULLABLE_DELAY,
    "> config:error_simulation backpressure": ([[]], [None, {}, [1], [{}]]),
    "> config:error_simulation backpressure.0.at_fragment": ([1, 10**6], [0, -1, 0.5, None]),
    "> config:error_simulation backpressure.0.severity": SEVERITY,
    "> config:error_simulation backpressure.0.action": ACTION,
    "> config:error_simulation backpressure.0.recommended_delay_ms": NULLABLE_DELAY,
    "> config:error_simulation backpressure.0.clear_after_ms": DELAY,
    "< stream:ready stream_id": NAME,
    "< stream:ready session_id": (["5f0c7f3e-0000-4000-8000-000000000000"], [1, None]),
    "< stream:ready max_inflight": ([1, 10], [0, 11, None]),
    "< stream:ready capabilities": ([], [None, [], {}]),
    "< stream:ready capabilities.batch_processing": FLAG,
    "< stream:ready capabilities.async_delivery": ([True], [False, "true", None]),
    "< stream:ready capabilities.binary_audio": FLAG,
    "< stream:ready capabilities.protocol_version": (["1.1"], ["1.0", 1.1, None]),
    "< stream:complete stream_id": NAME,
    "< stream:complete total_fragments": COUNT,
    "< stream:complete total_duration_ms": COUNT,
    "< stream:complete statistics": ([], [None, {}, []]),
    "< stream:complete statistics.success_count": COUNT,
    "< stream:complete statistics.partial_count": COUNT,
    "< stream:complete statistics.failed_count": COUNT,
    "< stream:complete statistics.avg_processing_time_ms": TIME,
    "< stream:complete statistics.p95_processing_time_ms": TIME,
    "< stream:closed stream_id": NULLABLE_NAME,
    "< stream:closed reason": (["completed", "taken_over", "idle", "shutdown"], ["bored", "", None]),
    "< stream:closed message": TEXT,
    "< fragment:ack fragment_id": FRAGMENT_ID,
    "< fragment:ack status": (["queued", "processing"], ["received", "", None]),
    "< fragment:ack queue_position": NULLABLE_COUNT,
    "< fragment:ack estimated_completion_ms": NULLABLE_COUNT,
    "< fragment:processed fragment_id": FRAGMENT_ID,
    "< fragment:processed stream_id": NAME,
    "< fragment:processed sequence_number": COUNT,
    "< fragment:processed status": (["success", "partial", "failed"], ["ok", "", None]),
    "< fragment:processed dubbed_audio": ([AUDIO, None], [{}, [], "AAAA"]),
    "< fragment:processed transcript": NULLABLE_TEXT,
    "< fragment:processed translated_text": NULLABLE_TEXT,
    "< fragment:processed processing_time_ms": COUNT,
    "< fragment:processed stage_timings": ([None, {}], [[], 1]),
    "< fragment:processed stage_timings.asr_ms": NULLABLE_COUNT,
    "< fragment:processed stage_timings.translation_ms": NULLABLE_COUNT,
    "< fragment:processed stage_timings.tts_ms": NULLABLE_COUNT,
    "< fragment:processed error": ([None], [{}, [], "no"]),
    "< fragment:processed error.code": (["MODEL_ERROR", "A_CODE_OF_TOMORROW"], [1, None]),
    "< fragment:processed error.message": TEXT,
    "< fragment:processed error.stage": STAGE,
    "< fragment:processed error.retryable": FLAG,
    "< fragment:processed warnings": ([[], ["x"], None], ["x", [1], {}]),
    "< fragment:processed metadata": ([None, {}], [[], 1]),
    "< fragment:processed metadata.asr_model": NULLABLE_TEXT,
    "< fragment:processed metadata.translation_model": NULLABLE_TEXT,
    "< fragment:processed metadata.tts_model": NULLABLE_TEXT,
    "< fragment:processed metadata.gpu_utilization": NUMBER,
    "< fragment:processed metadata.speed_ratio": NUMBER,
    "< fragment:processed metadata.actual_variance_percent": NUMBER,
    "< fragment:processed metadata.segments": ([[], None], [{}, [1], [{}]]),
    "< fragment:processed metadata.segments.0.start_ms": COUNT,
    "< fragment:processed metadata.segments.0.end_ms": COUNT,
    "< fragment:processed metadata.segments.0.text": TEXT,
    "< backpressure stream_id": NAME,
    "< backpressure severity": SEVERITY,
    "< backpressure action": ACTION,
    "< backpressure current_inflight": COUNT,
    "< backpressure queue_depth": COUNT,
    "< backpressure recommended_delay_ms": COUNT,
    "< error error_id": (["5f0c7f3e-0000-4000-8000-000000000000"], [1, None]),
    "< error stream_id": NULLABLE_NAME,
    "< error fragment_id": (["f", None], ["", 1]),
    "< error code": (["TIMEOUT", "CANCELLED"], [1, None]),
    "< error message": TEXT,
    "< error severity": (["warning", "error", "fatal"], ["low", "", None]),
    "< error retryable": FLAG,
    "< error metadata": ([None, {}, {"missing": [1, None, {}]}], [[], 1, "x"]),
    "< config:error_simulation:ack status": (["configured", "error"], ["ok", None]),
    "< config:error_simulation:ack rules_count": ([0, 1000], [-1, 0.5, None]),
    "< config:error_simulation:ack error_message": NULLABLE_TEXT,
}

OPTIONAL = {
    "> stream:init": {"max_inflight", "timeout_ms"},
    "> stream:init config": {"voice_profile", "chunk_duration_ms", "sample_rate_hz", "format", "domain"},
    "> fragment:data audio": {"samples"},
    "> config:error_simulation": {"rules", "backpressure"},
    "> config:error_simulation rules.0": {"kind"},
    "< stream:ready capabilities": {"async_delivery", "protocol_version"},
}
"""Fields that may be missing though they may not be null."""


def model_of(event: str) -> type[Message]:
    return (TO_SERVER if event.startswith(">") else TO_WORKER)[event[2:]]


def split(field: str) -> tuple[str, tuple[Any, ...]]:
    event, path = field.rsplit(" ", 1)
    return event, tuple(int(part) if part.isdigit() else part for part in path.split("."))


VALUES = [(field, value) for field, (good, _) in FIELDS.items() for value in good]
WRONG_VALUES = [(field, value) for field, (_, wrong) in FIELDS.items() for value in wrong]


def shown(value: Any) -> str:
    return repr(value)[:40]


def test_the_tables_hold_every_event() -> None:
    assert set(GOOD) == {f"> {event}" for event in TO_SERVER} | {f"< {event}" for event in TO_WORKER}


@pytest.mark.parametrize("event", GOOD)
def test_the_tables_hold_every_field(event: str) -> None:
    tabled = {split(field)[1][0] for field in FIELDS if split(field)[0] == event}
    nested = {"config"}
    assert set(model_of(event).model_fields) == set(GOOD[event]) == tabled | (nested & set(GOOD[event]))


@pytest.mark.parametrize("event", GOOD)
def test_a_whole_payload_is_kept_as_it_is(event: str) -> None:
    assert model_of(event).from_wire(GOOD[event]).to_wire() == GOOD[event]


@pytest.mark.parametrize(("field", "value"), VALUES, ids=shown)
def test_a_field_takes_what_it_allows(field: str, value: Any) -> None:
    event, path = split(field)
    model_of(event).from_wire(put(GOOD[event], path, value))


@pytest.mark.parametrize(("field", "value"), WRONG_VALUES, ids=shown)
def test_a_field_refuses_what_it_does_not_allow(field: str, value: Any) -> None:
    event, path = split(field)
    with pytest.raises(ValidationError):
        model_of(event).from_wire(put(GOOD[event], path, value))


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_may_be_missing_where_it_may_be_null_or_has_a_default(field: str) -> None:
    event, path = split(field)
    payload = put(GOOD[event], path[:-1], _without(_inside(GOOD[event], path[:-1]), path[-1]))
    room = " ".join([event, *[".".join(map(str, path[:-1]))] * (len(path) > 1)])
    if None in FIELDS[field][0] or path[-1] in OPTIONAL.get(room, set()):
        model_of(event).from_wire(payload)
    else:
        with pytest.raises(ValidationError):
            model_of(event).from_wire(payload)


def _inside(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _without(value: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: inner for name, inner in value.items() if name != key}


@pytest.mark.parametrize("event", GOOD)
def test_fields_that_nobody_knows_are_kept(event: str) -> None:
    extra = {"x": 1, "model_config": "x", "to_wire": [1, None], "deep": {"a": {"b": [None, 2.5]}}}
    payload = {**GOOD[event], **extra}
    assert model_of(event).from_wire(payload).to_wire() == payload


@pytest.mark.parametrize(
    ("event", "room"),
    [
        ("> stream:init", "config"),
        ("> fragment:data", "audio"),
        ("> fragment:data", "metadata"),
        ("< stream:ready", "capabilities"),
        ("< stream:complete", "statistics"),
        ("< fragment:processed", "dubbed_audio"),
        ("< fragment:processed", "stage_timings"),
        ("< fragment:processed", "error"),
        ("< fragment:processed", "metadata"),
        ("< error", "metadata"),
    ],
)
def test_fields_that_nobody_knows_are_kept_inside_too(event: str, room: str) -> None:
    payload = {**GOOD[event], room: {**GOOD[event][room], "x": {"y": [1, None]}}}
    assert model_of(event).from_wire(payload).to_wire() == payload


def test_defaults_are_those_of_the_page() -> None:
    config = {"source_language": "en", "target_language": "es", "channels": 1}
    init = TO_SERVER["stream:init"].from_wire({"stream_id": "s", "worker_id": "w", "config": config})
    assert init.to_wire() == {
        "stream_id": "s",
        "worker_id": "w",
        "config": {
            **config,
            "voice_profile": "default",
            "chunk_duration_ms": 6000,
            "sample_rate_hz": 48_000,
            "format": "m4a",
            "domain": "general",
        },
        "max_inflight": 3,
        "timeout_ms": 8000,
    }


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"trigger": "fragment_id", "value": 3, "error_code": "TIMEOUT"}, "value must be a fragment id"),
        ({"trigger": "sequence_number", "value": "f", "error_code": "TIMEOUT"}, "value must be a number"),
        ({"trigger": "sequence_number", "value": -1, "error_code": "TIMEOUT"}, "at least 0"),
        ({"trigger": "nth_fragment", "value": 0, "error_code": "TIMEOUT"}, "at least 1"),
        ({"trigger": "nth_fragment", "value": 1}, "kind failed needs an error_code"),
        ({"trigger": "nth_fragment", "value": 1, "kind": "delay"}, "kind delay needs delay_ms"),
    ],
)
def test_a_rule_is_complete(rule: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        TO_SERVER["config:error_simulation"].from_wire({"enabled": True, "rules": [rule]})


def test_messages_do_not_change() -> None:
    message = TO_SERVER["stream:resume"].from_wire(GOOD["> stream:resume"])
    with pytest.raises(ValidationError, match="frozen"):
        message.stream_id = "another"  # type: ignore[attr-defined]
