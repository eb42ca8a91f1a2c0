"""What the metrics say after each event."""

import re

import pytest
from media_service.metrics import WorkerMetrics
from media_service.metrics.worker import MOST_REASONS


def series(metrics: WorkerMetrics) -> dict[str, float]:
    page = metrics.page().decode()
    found = re.findall(r"^(\w+(?:{.*})?) (\S+)$", page, re.MULTILINE)
    # What the process takes changes by itself.
    own = [pair for pair in found if "_created" not in pair[0] and "_process_" not in pair[0]]
    return {name: float(value) for name, value in own}


@pytest.fixture
def metrics() -> WorkerMetrics:
    return WorkerMetrics()


def test_known_series_are_there_before_anything_happened(metrics: WorkerMetrics) -> None:
    at_start = series(metrics)
    for name in (
        'worker_audio_fragments_total{outcome="dubbed"}',
        'worker_audio_fragments_total{outcome="partial"}',
        'worker_audio_fragments_total{outcome="fallback"}',
        'worker_gst_bus_errors_total{pipeline="input"}',
        'worker_reconnects_total{side="sts"}',
        'worker_video_packets_total{direction="out"}',
        "worker_sts_breaker_state",
        "worker_deadline_margin_ms_count",
    ):
        assert at_start[name] == 0.0
    assert at_start['worker_mode{mode="dub"}'] == 1.0


def test_every_event_is_told_under_its_name(metrics: WorkerMetrics) -> None:
    before = series(metrics)
    metrics.slot_played("dubbed")
    metrics.slot_played("partial")
    metrics.slot_played("fallback", "late")
    metrics.slot_played("fallback")
    metrics.bus_error("output")
    metrics.inflight(2)
    metrics.av_sync_measured(-1.5)
    metrics.breaker_changed(2)
    metrics.answered(740.0)
    metrics.deadline_met(-300.0)
    metrics.delay_measured(12_004.0)
    metrics.reconnected("input")
    metrics.buffered(4096)
    metrics.video_packets("in", 3)
    metrics.video_packets("dropped")
    metrics.mode_set("original")
    metrics.offset_needed(7500)
    metrics.record_stopped(True)
    after = series(metrics)
    changed = {
        name: value for name, value in after.items() if before.get(name) != value and "_bucket" not in name
    }
    assert changed == {
        'worker_audio_fragments_total{outcome="dubbed"}': 1.0,
        'worker_audio_fragments_total{outcome="partial"}': 1.0,
        'worker_audio_fragments_total{outcome="fallback"}': 2.0,
        'worker_fallback_total{reason="late"}': 1.0,
        'worker_fallback_total{reason="unknown"}': 1.0,
        'worker_gst_bus_errors_total{pipeline="output"}': 1.0,
        "worker_inflight_fragments": 2.0,
        "worker_av_sync_delta_ms": -1.5,
        "worker_sts_breaker_state": 2.0,
        'worker_sts_breaker_transitions_total{to="open"}': 1.0,
        "worker_sts_rtt_ms_count": 1.0,
        "worker_sts_rtt_ms_sum": 740.0,
        "worker_deadline_margin_ms_count": 1.0,
        "worker_output_delay_ms": 12_004.0,
        'worker_reconnects_total{side="input"}': 1.0,
        "worker_buffered_bytes": 4096.0,
        'worker_video_packets_total{direction="in"}': 3.0,
        'worker_video_packets_total{direction="dropped"}': 1.0,
        'worker_mode{mode="dub"}': 0.0,
        'worker_mode{mode="original"}': 1.0,
        "worker_needed_av_offset_ms": 7500.0,
        "worker_record_stopped": 1.0,
    }
    assert after['worker_sts_rtt_ms_bucket{le="1000.0"}'] == 1.0
    assert after['worker_sts_rtt_ms_bucket{le="500.0"}'] == 0.0


def test_the_service_s_words_make_few_and_plain_reasons(metrics: WorkerMetrics) -> None:
    metrics.slot_played("fallback", "MODEL_ERROR")
    metrics.slot_played("fallback", 'a "b"\n' * 50)
    for number in range(MOST_REASONS + 10):
        metrics.slot_played("fallback", f"code {number}")
    reasons = {name: value for name, value in series(metrics).items() if name.startswith("worker_fallback")}
    assert reasons['worker_fallback_total{reason="model_error"}'] == 1.0
    assert reasons['worker_fallback_total{reason="other"}'] == 12.0
    assert len(reasons) == MOST_REASONS + 1
    assert all(len(name) < 80 for name in reasons)


def test_two_workers_in_one_process_do_not_share(metrics: WorkerMetrics) -> None:
    metrics.slot_played("dubbed")
    assert series(WorkerMetrics())['worker_audio_fragments_total{outcome="dubbed"}'] == 0.0
