"""A whole payload of each event, with every field; `>` to the server, `<` to the worker."""

from typing import Any

AUDIO = {
    "format": "m4a",
    "sample_rate_hz": 48_000,
    "channels": 2,
    "duration_ms": 6000,
    "samples": 288_000,
    "data_base64": "AAAA",
}
GOOD: dict[str, dict[str, Any]] = {
    "> stream:init": {
        "stream_id": "s",
        "worker_id": "w",
        "config": {
            "source_language": "en",
            "target_language": "es-419",
            "voice_profile": "default",
            "chunk_duration_ms": 6000,
            "sample_rate_hz": 48_000,
            "channels": 2,
            "format": "m4a",
            "domain": "sports",
        },
        "max_inflight": 3,
        "timeout_ms": 8000,
    },
    "> stream:pause": {"stream_id": "s", "reason": "silence"},
    "> stream:resume": {"stream_id": "s"},
    "> stream:end": {"stream_id": "s", "reason": "over"},
    "> fragment:data": {
        "fragment_id": "f",
        "stream_id": "s",
        "sequence_number": 0,
        "timestamp": 1_700_000_000_000,
        "audio": AUDIO,
        "metadata": {"pts_ns": 0, "source_pts_ns": -1},
    },
    "> fragment:ack": {"fragment_id": "f", "status": "applied", "timestamp": 1},
    "> fragment:skip": {"stream_id": "s", "sequence_numbers": [0, 2]},
    "> config:error_simulation": {
        "enabled": True,
        "rules": [
            {
                "trigger": "nth_fragment",
                "value": 3,
                "error_code": "TIMEOUT",
                "error_message": "no",
                "retryable": False,
                "stage": "tts",
                "kind": "failed",
                "delay_ms": 10,
            }
        ],
        "backpressure": [
            {
                "at_fragment": 1,
                "severity": "high",
                "action": "pause",
                "recommended_delay_ms": 5,
                "clear_after_ms": 10,
            }
        ],
    },
    "< stream:ready": {
        "stream_id": "s",
        "session_id": "5f0c7f3e-0000-4000-8000-000000000000",
        "max_inflight": 3,
        "capabilities": {
            "batch_processing": True,
            "async_delivery": True,
            "binary_audio": True,
            "protocol_version": "1.1",
        },
    },
    "< stream:complete": {
        "stream_id": "s",
        "total_fragments": 1,
        "total_duration_ms": 6000,
        "statistics": {
            "success_count": 1,
            "partial_count": 0,
            "failed_count": 0,
            "avg_processing_time_ms": 10.5,
            "p95_processing_time_ms": 10.0,
        },
    },
    "< stream:closed": {"stream_id": "s", "reason": "idle", "message": "nothing came"},
    "< fragment:ack": {
        "fragment_id": "f",
        "status": "queued",
        "queue_position": 1,
        "estimated_completion_ms": 10,
    },
    "< fragment:processed": {
        "fragment_id": "f",
        "stream_id": "s",
        "sequence_number": 0,
        "status": "failed",
        "dubbed_audio": AUDIO,
        "transcript": "hello",
        "translated_text": "hola",
        "processing_time_ms": 10,
        "stage_timings": {"asr_ms": 1, "translation_ms": 2, "tts_ms": 3},
        "error": {"code": "MODEL_ERROR", "message": "no", "stage": "asr", "retryable": True},
        "warnings": ["speed_clamped"],
        "metadata": {
            "asr_model": "a",
            "translation_model": "b",
            "tts_model": "c",
            "gpu_utilization": 50.0,
            "speed_ratio": 1.1,
            "actual_variance_percent": -2.5,
            "segments": [{"start_ms": 0, "end_ms": 10, "text": "hello"}],
        },
    },
    "< backpressure": {
        "stream_id": "s",
        "severity": "low",
        "action": "none",
        "current_inflight": 1,
        "queue_depth": 2,
        "recommended_delay_ms": 0,
    },
    "< error": {
        "error_id": "5f0c7f3e-0000-4000-8000-000000000000",
        "stream_id": "s",
        "fragment_id": "f",
        "code": "INVALID_SEQUENCE",
        "message": "no",
        "severity": "error",
        "retryable": False,
        "metadata": {"missing": [1]},
    },
    "< config:error_simulation:ack": {"status": "configured", "rules_count": 1, "error_message": "no"},
}
