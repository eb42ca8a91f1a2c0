"""What `/metrics` tells, and that it forgets."""

from typing import Any

import pytest
from dubbing_protocol import ErrorCode, FragmentError, FragmentProcessed, StageTimings
from prometheus_client.parser import text_string_to_metric_families
from sts_service.server.errors import error_event
from sts_service.server.metrics import Metrics

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(metrics: Metrics, inflight: dict[str, int] | None = None, queue_depth: int = 0) -> Samples:
    page = metrics.exposition(inflight or {}, queue_depth).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def result(stream_id: str = "a", **fields: Any) -> FragmentProcessed:
    given = {"status": "success", "processing_time_ms": 250, **fields}
    return FragmentProcessed(fragment_id="f", stream_id=stream_id, sequence_number=0, **given)


def streams(found: Samples) -> set[str]:
    return {label for _, labels in found for key, label in labels if key == "stream_id"}


def test_a_result_is_observed_by_status_and_stream() -> None:
    metrics = Metrics()
    metrics.sent(result())
    metrics.sent(result())
    found = samples(metrics)
    labels = {"status": "success", "stream_id": "a"}
    assert value(found, "sts_fragment_processing_seconds_count", **labels) == 2
    assert value(found, "sts_fragment_processing_seconds_sum", **labels) == 0.5
    assert value(found, "sts_fragment_processing_seconds_bucket", le="0.25", **labels) == 2
    assert value(found, "sts_fragment_processing_seconds_bucket", le="0.1", **labels) == 0


def test_each_stage_is_observed_where_it_was_timed() -> None:
    metrics = Metrics()
    metrics.sent(result(stage_timings=StageTimings(asr_ms=1000, tts_ms=500)))
    found = samples(metrics)
    assert value(found, "sts_asr_duration_seconds_sum") == 1.0
    assert value(found, "sts_tts_duration_seconds_sum") == 0.5
    assert value(found, "sts_translation_duration_seconds_count") == 0


@pytest.mark.parametrize(("stage", "label"), [("tts", "tts"), (None, "server")])
def test_a_failure_is_counted_by_stage_and_code(stage: Any, label: str) -> None:
    metrics = Metrics()
    error = FragmentError(code=ErrorCode.MODEL_ERROR, message="no", stage=stage, retryable=True)
    metrics.sent(result(status="failed", error=error))
    counted = value(samples(metrics), "sts_fragment_errors_total", stage=label, error_code="MODEL_ERROR")
    assert counted == 1


def test_a_refusal_is_counted_by_code() -> None:
    metrics = Metrics()
    metrics.sent(error_event(ErrorCode.QUEUE_FULL, "full", fragment_id="f"))
    counted = value(samples(metrics), "sts_fragment_errors_total", stage="server", error_code="QUEUE_FULL")
    assert counted == 1


def test_gauges_say_what_is_so_now() -> None:
    metrics = Metrics()
    found = samples(metrics, {"a": 3, "b": 0}, queue_depth=3)
    assert value(found, "sts_active_streams") == 2
    assert value(found, "sts_queue_depth", stage="server") == 3
    assert value(found, "sts_fragments_in_flight", stream_id="a") == 3
    assert value(found, "sts_fragments_in_flight", stream_id="b") == 0
    found = samples(metrics, {"b": 1}, queue_depth=1)
    assert value(found, "sts_fragments_in_flight", stream_id="a") is None
    assert value(found, "sts_fragments_in_flight", stream_id="b") == 1


def test_a_stream_s_series_go_with_the_stream() -> None:
    metrics = Metrics()
    for stream_id in ("a", "b"):
        for status in ("success", "partial", "failed"):
            metrics.sent(result(stream_id, status=status))
    metrics.forget("a")
    assert streams(samples(metrics)) == {"b"}
    metrics.forget("b")
    metrics.forget("never seen")
    assert streams(samples(metrics)) == set()


def test_a_stream_that_comes_back_counts_from_zero() -> None:
    metrics = Metrics()
    metrics.sent(result())
    metrics.forget("a")
    metrics.sent(result())
    labels = {"status": "success", "stream_id": "a"}
    assert value(samples(metrics), "sts_fragment_processing_seconds_count", **labels) == 1


def test_two_servers_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.connections.labels("accepted").inc()
    assert value(samples(one), "sts_connections_total", result="accepted") == 1
    assert value(samples(other), "sts_connections_total", result="accepted") is None
