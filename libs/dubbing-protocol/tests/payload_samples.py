"""Random payloads of every event: good ones written by hand, and ways to spoil one."""

import copy
from collections.abc import Iterator
from typing import Any

from dubbing_protocol import ErrorCode
from hypothesis import strategies as st

MAX_SAFE = 2**53 - 1

names = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
fragment_ids = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=128)
languages = st.sampled_from(["en", "es", "es-419", "zh-Hant-TW", "fil", "EN"])
counts = st.integers(0, MAX_SAFE)
texts = st.text(max_size=20)
uuids = st.uuids().map(str)
codes = st.sampled_from([code.value for code in ErrorCode])
formats = st.sampled_from(["m4a", "pcm_s16le"])
rates = st.sampled_from([8000, 16_000, 22_050, 24_000, 44_100, 48_000])
channels = st.sampled_from([1, 2])
stages = st.sampled_from(["asr", "translation", "tts"])
severities = st.sampled_from(["low", "medium", "high"])
actions = st.sampled_from(["none", "slow_down", "pause"])
numbers = st.integers(-1000, 1000) | st.floats(-1e9, 1e9)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=2), max_leaves=3
)
extras = st.dictionaries(st.from_regex(r"x_[a-z]{1,5}", fullmatch=True), anything, max_size=2)


def payload(required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> Any:
    """With any of the optional fields, some of them null where that is allowed, and unknown ones."""
    known = st.fixed_dictionaries(required, optional=optional)
    return st.tuples(extras, known).map(lambda both: {**both[0], **both[1]})


def nullable(strategy: st.SearchStrategy[Any]) -> Any:
    return st.none() | strategy


def _audio() -> Any:
    known: dict[str, st.SearchStrategy[Any]] = {
        "format": formats,
        "sample_rate_hz": rates,
        "channels": channels,
        "duration_ms": st.integers(1, 60_000),
    }
    samples = nullable(st.integers(1, 60 * 48_000))
    base64 = payload({**known, "data_base64": texts}, samples=samples, data=st.none())
    binary = payload({**known, "data": st.binary(max_size=8)}, samples=samples, data_base64=st.none())
    return base64 | binary


def _rules() -> st.SearchStrategy[Any]:
    targets = st.one_of(
        st.tuples(st.just("sequence_number"), st.integers(0, MAX_SAFE)),
        st.tuples(st.just("nth_fragment"), st.integers(1, MAX_SAFE)),
        st.tuples(st.just("fragment_id"), fragment_ids),
    ).map(lambda target: {"trigger": target[0], "value": target[1]})
    optional = {
        "error_message": nullable(texts),
        "retryable": nullable(st.booleans()),
        "stage": nullable(stages),
    }
    failed = payload({"error_code": codes}, kind=st.just("failed"), **optional)
    delays = st.integers(0, 60_000)
    late = payload({"kind": st.just("delay"), "delay_ms": delays}, error_code=nullable(codes), **optional)
    kinds = st.sampled_from(["drop", "disconnect", "corrupt_audio"])
    other = payload({"kind": kinds}, delay_ms=nullable(delays), **optional)
    return st.tuples(targets, failed | late | other).map(lambda both: {**both[1], **both[0]})


_config = payload(
    {"source_language": languages, "target_language": languages, "channels": channels},
    voice_profile=st.text(min_size=1, max_size=128),
    chunk_duration_ms=st.integers(100, 30_000),
    sample_rate_hz=rates,
    format=formats,
    domain=st.text(min_size=1, max_size=64),
)
_pressure = payload(
    {
        "at_fragment": st.integers(1, MAX_SAFE),
        "severity": severities,
        "action": actions,
        "clear_after_ms": st.integers(0, 60_000),
    },
    recommended_delay_ms=nullable(st.integers(0, 60_000)),
)
_reason = nullable(st.text(max_size=1000))

TO_SERVER_PAYLOADS: dict[str, st.SearchStrategy[Any]] = {
    "stream:init": payload(
        {"stream_id": names, "worker_id": names, "config": _config},
        max_inflight=st.integers(1, 10),
        timeout_ms=st.integers(1000, 30_000),
    ),
    "stream:pause": payload({"stream_id": names}, reason=_reason),
    "stream:resume": payload({"stream_id": names}),
    "stream:end": payload({"stream_id": names}, reason=_reason),
    "fragment:data": payload(
        {
            "fragment_id": fragment_ids,
            "stream_id": names,
            "sequence_number": counts,
            "timestamp": counts,
            "audio": _audio(),
        },
        metadata=nullable(payload({}, pts_ns=nullable(st.integers()), source_pts_ns=nullable(st.integers()))),
    ),
    "fragment:ack": payload(
        {"fragment_id": fragment_ids, "status": st.sampled_from(["received", "applied"]), "timestamp": counts}
    ),
    "fragment:skip": payload(
        {"stream_id": names, "sequence_numbers": st.lists(counts, min_size=1, max_size=5)}
    ),
    "config:error_simulation": payload(
        {"enabled": st.booleans()},
        rules=st.lists(_rules(), max_size=2),
        backpressure=st.lists(_pressure, max_size=2),
    ),
}

_error = payload(
    {"code": codes | texts, "message": texts, "retryable": st.booleans()}, stage=nullable(stages)
)
_metadata = payload(
    {},
    asr_model=nullable(texts),
    gpu_utilization=nullable(numbers),
    speed_ratio=nullable(numbers),
    segments=nullable(st.lists(payload({"start_ms": counts, "end_ms": counts, "text": texts}), max_size=2)),
)
_capabilities = payload(
    {"batch_processing": st.booleans(), "binary_audio": st.booleans()},
    async_delivery=st.just(True),
    protocol_version=st.just("1.1"),
)
_times = st.integers(0, 10**6) | st.floats(0, 1e6)
_statistics = payload(
    {
        "success_count": counts,
        "partial_count": counts,
        "failed_count": counts,
        "avg_processing_time_ms": _times,
        "p95_processing_time_ms": _times,
    }
)

TO_WORKER_PAYLOADS: dict[str, st.SearchStrategy[Any]] = {
    "stream:ready": payload(
        {
            "stream_id": names,
            "session_id": uuids,
            "max_inflight": st.integers(1, 10),
            "capabilities": _capabilities,
        }
    ),
    "stream:complete": payload(
        {
            "stream_id": names,
            "total_fragments": counts,
            "total_duration_ms": counts,
            "statistics": _statistics,
        }
    ),
    "stream:closed": payload(
        {"reason": st.sampled_from(["completed", "taken_over", "idle", "shutdown"]), "message": texts},
        stream_id=nullable(names),
    ),
    "fragment:ack": payload(
        {"fragment_id": fragment_ids, "status": st.sampled_from(["queued", "processing"])},
        queue_position=nullable(counts),
        estimated_completion_ms=nullable(counts),
    ),
    "fragment:processed": payload(
        {
            "fragment_id": fragment_ids,
            "stream_id": names,
            "sequence_number": counts,
            "status": st.sampled_from(["success", "partial", "failed"]),
            "processing_time_ms": counts,
        },
        dubbed_audio=nullable(_audio()),
        transcript=nullable(texts),
        translated_text=nullable(texts),
        stage_timings=nullable(payload({}, asr_ms=nullable(counts), tts_ms=nullable(counts))),
        error=nullable(_error),
        warnings=nullable(st.lists(texts, max_size=2)),
        metadata=nullable(_metadata),
    ),
    "backpressure": payload(
        {
            "stream_id": names,
            "severity": severities,
            "action": actions,
            "current_inflight": counts,
            "queue_depth": counts,
            "recommended_delay_ms": counts,
        }
    ),
    "error": payload(
        {
            "error_id": uuids,
            "code": codes,
            "message": texts,
            "severity": st.sampled_from(["warning", "error", "fatal"]),
            "retryable": st.booleans(),
        },
        stream_id=nullable(names),
        fragment_id=nullable(fragment_ids),
        metadata=nullable(st.dictionaries(texts, anything, max_size=2)),
    ),
    "config:error_simulation:ack": payload(
        {"status": st.sampled_from(["configured", "error"]), "rules_count": counts},
        error_message=nullable(texts),
    ),
}

PAYLOADS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "to_server": TO_SERVER_PAYLOADS,
    "to_worker": TO_WORKER_PAYLOADS,
}
EVENTS = [(direction, event) for direction, events in PAYLOADS.items() for event in events]

# Whole numbers with a fraction of zero are left out: see `test_a_whole_number_is_written_without_a_fraction`.
WRONG: list[Any] = [
    *(None, True, False, 0, -1, 1, 2, 3, 11, 101, 30_001, 60_001, 2**53, -(2**53), 10**30, 0.5, -0.5),
    *("", "x", "en-", "a b", "é", "line\n", "m4a", "low", "1.1", "x" * 65, "x" * 129, "x" * 1001, "TIMEOUT"),
    *([], {}, [None], [0], [-1], [True], ["x"], {"x": 1}, b"bytes"),
]
DROP = object()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every field and item."""
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    else:
        return
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with something else, or nothing, in that place."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    if new is DROP:
        del inside[path[-1]]
    else:
        inside[path[-1]] = new
    return changed


@st.composite
def spoiled(draw: st.DrawFn, good: st.SearchStrategy[Any]) -> Any:
    """A good payload after one or two changes; some of these do no harm."""
    value = draw(good)
    for _ in range(draw(st.integers(1, 2))):
        paths = sorted(places(value), key=repr) if isinstance(value, dict | list) else []
        path = draw(st.sampled_from([*paths, ()])) if paths else ()
        new = draw(st.sampled_from([DROP, *WRONG] if path else WRONG))
        if path[-1:] == ("async_delivery",) and new == 1:
            continue  # to a model 1 is as good as true where only true is allowed; to a schema it is not
        value = put(value, path, new)
    return value
