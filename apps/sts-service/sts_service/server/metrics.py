"""What `/metrics` tells. A stream's label series go when the stream goes."""

from collections.abc import Mapping

from dubbing_protocol import Backpressure, ErrorCode, ErrorEvent, FragmentProcessed, Message, Outcome
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from service_kit import tasks
from service_kit.process_metrics import ProcessMetrics

CONTENT_TYPE = CONTENT_TYPE_LATEST

REFUSALS = {
    ErrorCode.QUEUE_FULL: "load",
    ErrorCode.MODEL_ERROR: "engines",
    ErrorCode.INVALID_CONFIG: "settings",
}
"""Why a stream is not let in: there is no room, an engine is missing, it asks for what is not here."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 30)


class Metrics:
    """One server's metrics, in a registry of their own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._processing = Histogram(
            "sts_fragment_processing_seconds",
            "From a fragment's acceptance to its result",
            ["status", "stream_id"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._of_stream: dict[str, dict[Outcome, Histogram]] = {}
        self._stages = {
            stage: Histogram(
                f"sts_{stage}_duration_seconds", f"Time in {stage}", buckets=_SECONDS, registry=registry
            )
            for stage in ("asr", "translation", "tts")
        }
        self._in_flight = Gauge(
            "sts_fragments_in_flight", "Accepted and not yet delivered", ["stream_id"], registry=registry
        )
        self._queue_depth = Gauge(
            "sts_queue_depth", "Fragments waiting or in work", ["stage"], registry=registry
        )
        self._active_streams = Gauge("sts_active_streams", "Streams open", registry=registry)
        self._errors = Counter(
            "sts_fragment_errors", "Fragments refused or failed", ["stage", "error_code"], registry=registry
        )
        self._backpressure = Counter(
            "sts_backpressure_events", "Changes of severity announced", ["severity"], registry=registry
        )
        self._engines = Gauge("sts_engines_running", "Engines in service", ["stage"], registry=registry)
        ProcessMetrics("sts", registry)
        # For the engines that know; without a GPU the names stand in the page without a value.
        self.gpu_utilization = Gauge(
            "sts_gpu_utilization_percent", "Load of each GPU", ["device"], registry=registry
        )
        self.gpu_memory = Gauge(
            "sts_gpu_memory_bytes", "Memory in use on each GPU", ["device"], registry=registry
        )
        self.connections = Counter("sts_connections", "Handshakes", ["result"], registry=registry)
        self.load_ratio = Gauge(
            "sts_load_ratio", "Share of what is busiest that the open streams need", registry=registry
        )
        self._refused = Counter(
            "sts_streams_refused", "Streams that were not let in", ["reason"], registry=registry
        )
        for reason in REFUSALS.values():
            self._refused.labels(reason)
        Gauge("sts_tasks", tasks.HELP, registry=registry).set_function(tasks.running)

    def sent(self, message: Message) -> None:
        """Counts what a message says."""
        if isinstance(message, FragmentProcessed):
            self._series(message.stream_id, message.status).observe(message.processing_time_ms / 1000)
            if message.stage_timings:
                for stage, histogram in self._stages.items():
                    took_ms = getattr(message.stage_timings, f"{stage}_ms")
                    if took_ms is not None:
                        histogram.observe(took_ms / 1000)
            if message.error:
                self._errors.labels(message.error.stage or "server", message.error.code).inc()
        elif isinstance(message, ErrorEvent) and not _is_refused_stream(message):
            self._errors.labels("server", message.code).inc()
        elif isinstance(message, Backpressure):
            self._backpressure.labels(message.severity).inc()

    def refused(self, code: ErrorCode) -> None:
        """A `stream:init`."""
        self._refused.labels(REFUSALS.get(code, "settings")).inc()

    def waiting(self, stage: str, count: int) -> None:
        """Fragments that wait for a stage's engine, or are in work there."""
        self._queue_depth.labels(stage).set(count)

    def engines(self, stage: str, count: int) -> None:
        """In service; less than there should be while some are replaced."""
        self._engines.labels(stage).set(count)

    def forget(self, stream_id: str) -> None:
        """The stream has ended: its series go."""
        for status in self._of_stream.pop(stream_id, {}):
            self._processing.remove(status, stream_id)

    def _series(self, stream_id: str, status: Outcome) -> Histogram:
        series = self._of_stream.setdefault(stream_id, {})
        if status not in series:
            series[status] = self._processing.labels(status, stream_id)
        return series[status]

    def exposition(self, inflight: Mapping[str, int], queue_depth: int) -> bytes:
        """The page; gauges are set when they are asked for, not with every fragment."""
        self._active_streams.set(len(inflight))
        self._queue_depth.labels("server").set(queue_depth)
        self._in_flight.clear()
        for stream_id, count in inflight.items():
            self._in_flight.labels(stream_id).set(count)
        return generate_latest(self._registry)


def _is_refused_stream(error: ErrorEvent) -> bool:
    """It is asked for again and again, and no fault; counted apart."""
    return error.code == ErrorCode.QUEUE_FULL and error.fragment_id is None
