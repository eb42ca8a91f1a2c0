"""A worker's metrics, in a registry of their own."""

import re
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from service_kit import tasks
from service_kit.process_metrics import ProcessMetrics

CONTENT_TYPE = CONTENT_TYPE_LATEST

Outcome = Literal["dubbed", "partial", "fallback"]
End = Literal["input", "output"]
Side = Literal["input", "output", "sts"]
Direction = Literal["in", "out", "dropped"]
Mode = Literal["dub", "original", "mute"]

MODES: tuple[Mode, ...] = ("dub", "original", "mute")

_OUTCOMES: tuple[Outcome, ...] = ("dubbed", "partial", "fallback")
_ENDS: tuple[End, ...] = ("input", "output")
_SIDES: tuple[Side, ...] = ("input", "output", "sts")
_DIRECTIONS: tuple[Direction, ...] = ("in", "out", "dropped")
_BREAKER_STATES = {0: "closed", 1: "half_open", 2: "open"}

_RTT_MS = (25, 50, 100, 250, 500, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000, 10_000, 15_000, 30_000)
_MARGIN_MS = (
    -10_000,
    -5000,
    -2000,
    -1000,
    -500,
    0,
    250,
    500,
    1000,
    2000,
    3000,
    4000,
    5000,
    6000,
    8000,
    12_000,
)

MOST_REASONS = 64
"""A reason may hold the service's own code: label values stay few whatever it sends."""


class WorkerMetrics:
    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._fragments = Counter(
            "worker_audio_fragments",
            "Slots that were played, by what was heard",
            ["outcome"],
            registry=registry,
        )
        self._fallbacks = Counter(
            "worker_fallback", "Slots that played the original, by the cause", ["reason"], registry=registry
        )
        self._bus_errors = Counter(
            "worker_gst_bus_errors", "Errors that a media pipeline reported", ["pipeline"], registry=registry
        )
        self._inflight = Gauge(
            "worker_inflight_fragments", "Fragments sent and not yet answered", registry=registry
        )
        self._av_sync = Gauge(
            "worker_av_sync_delta_ms", "Sound after picture, as the muxer received them", registry=registry
        )
        self._breaker = Gauge("worker_sts_breaker_state", "0 closed, 1 half-open, 2 open", registry=registry)
        self._transitions = Counter(
            "worker_sts_breaker_transitions", "Changes of the breaker's state", ["to"], registry=registry
        )
        self._rtt = Histogram(
            "worker_sts_rtt_ms", "From a fragment's sending to its result", buckets=_RTT_MS, registry=registry
        )
        self._margin = Histogram(
            "worker_deadline_margin_ms",
            "How early a dub was; late ones are below 0",
            buckets=_MARGIN_MS,
            registry=registry,
        )
        self._delay = Gauge(
            "worker_output_delay_ms", "How much later the output is than the input", registry=registry
        )
        self._reconnects = Counter("worker_reconnects", "Connections made anew", ["side"], registry=registry)
        self._buffered = Gauge("worker_buffered_bytes", "Encoded media held back", registry=registry)
        self._packets = Counter(
            "worker_video_packets",
            "Video access units taken in, sent out, dropped",
            ["direction"],
            registry=registry,
        )
        self._mode = Gauge(
            "worker_mode", "1 for the operator's choice of sound, else 0", ["mode"], registry=registry
        )
        self._needed_offset = Gauge(
            "worker_needed_av_offset_ms",
            "The av_offset_ms that late dubs would have needed; 0 while enough are in time",
            registry=registry,
        )
        self._previews = Counter(
            "worker_preview_segments", "Segments of the previews that were written", ["of"], registry=registry
        )
        Gauge("worker_tasks", tasks.HELP, registry=registry).set_function(tasks.running)
        self._preview_segments = dict.fromkeys(_ENDS, 0)
        self._record = Gauge(
            "worker_record_stopped",
            "1 where no segment files are written: the disk is full",
            registry=registry,
        )
        ProcessMetrics("worker", registry)
        self._reasons: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        """What can be known of the labels is there from the start: a rate sees the first event too."""
        for outcome in _OUTCOMES:
            self._fragments.labels(outcome)
        for end in _ENDS:
            self._bus_errors.labels(end)
            self._previews.labels(end)
        for side in _SIDES:
            self._reconnects.labels(side)
        for direction in _DIRECTIONS:
            self._packets.labels(direction)
        for name in _BREAKER_STATES.values():
            self._transitions.labels(name)
        self.mode_set("dub")

    def slot_played(self, outcome: Outcome, reason: str | None = None) -> None:
        """`reason` says why it fell back."""
        self._fragments.labels(outcome).inc()
        if outcome == "fallback":
            self._fallbacks.labels(self._reason(reason or "unknown")).inc()

    def bus_error(self, pipeline: End) -> None:
        self._bus_errors.labels(pipeline).inc()

    def inflight(self, fragments: int) -> None:
        self._inflight.set(fragments)

    def av_sync_measured(self, delta_ms: float) -> None:
        self._av_sync.set(delta_ms)

    def breaker_changed(self, state: int) -> None:
        """0 closed, 1 half-open, 2 open."""
        self._breaker.set(state)
        self._transitions.labels(_BREAKER_STATES[state]).inc()

    def answered(self, rtt_ms: float) -> None:
        self._rtt.observe(rtt_ms)

    def deadline_met(self, margin_ms: float) -> None:
        """How early an answer was; below 0 it was late."""
        self._margin.observe(margin_ms)

    def delay_measured(self, delay_ms: float) -> None:
        self._delay.set(delay_ms)

    def reconnected(self, side: Side) -> None:
        self._reconnects.labels(side).inc()

    def buffered(self, size_bytes: int) -> None:
        self._buffered.set(size_bytes)

    def video_packets(self, direction: Direction, count: int = 1) -> None:
        self._packets.labels(direction).inc(count)

    def mode_set(self, mode: Mode) -> None:
        for name in MODES:
            self._mode.labels(name).set(name == mode)

    def offset_needed(self, offset_ms: int) -> None:
        """0: enough dubs are in time."""
        self._needed_offset.set(offset_ms)

    def preview_segments(self, of_input: int, of_output: int) -> None:
        """Written since the start."""
        totals: dict[End, int] = {"input": of_input, "output": of_output}
        for end, total in totals.items():
            self._previews.labels(end).inc(total - self._preview_segments[end])
        self._preview_segments = totals

    def record_stopped(self, stopped: bool) -> None:
        """The segments' disk is full."""
        self._record.set(stopped)

    def page(self) -> bytes:
        """For Prometheus."""
        return generate_latest(self._registry)

    def _reason(self, reason: str) -> str:
        name = re.sub(r"[^a-z0-9]+", "_", reason.lower()).strip("_")[:40] or "unknown"
        if name not in self._reasons and len(self._reasons) >= MOST_REASONS:
            return "other"
        self._reasons.add(name)
        return name
