"""A worker that only the port can see."""

import asyncio
from dataclasses import replace

from media_service.handover.offer import Agreement, Offer
from media_service.handover.promise import Unwilling
from media_service.metrics import WorkerMetrics
from media_service.worker.events import Feed, StateChange
from media_service.worker.status import EndStatus, Mode, Status

RUN_ID = "5f2b"

STATUS = Status(
    stream_id="match-1",
    run_id=RUN_ID,
    instance_id="host-match-1",
    state="dubbing",
    mode="dub",
    sts_mode="enabled",
    source_language="en",
    target_language="es",
    uptime_s=12.5,
    delay_ms=12_000,
    dubbed_share=0.75,
    breaker="closed",
    sts_connected=True,
    sts_refusal=None,
    sts_session_id=None,
    inflight=2,
    input=EndStatus(url="rtmp://h/live/***", kind="rtmp", state="up"),
    output=EndStatus(url="rtmp://h/live/***", kind="rtmp", state="up", reconnects=1),
    buffered_bytes=1000,
    av_sync_delta_ms=None,
    advice=None,
)


class FakePredecessor:
    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.offers: list[Offer] = []
        self.confirmed: list[str] = []
        self.unwilling: str | None = None

    def offer(self, offer: Offer) -> Agreement:
        self._check()
        self.offers.append(offer)
        return AGREEMENT

    def confirm(self, run_id: str) -> None:
        self._check()
        self.confirmed.append(run_id)

    def _check(self) -> None:
        if self.unwilling is not None:
            raise Unwilling(self.unwilling)


AGREEMENT = Agreement("abc", 1_500_000_000, 8_000_000_000, 12_000_000, "dub")


class FakeStation:
    def __init__(self) -> None:
        self.feed = Feed(RUN_ID, lambda: 1_700_000_000_000)
        self.metrics = WorkerMetrics()
        self.is_ready = True
        self.modes: list[tuple[Mode, str]] = []
        self.fault: Exception | None = None
        self.predecessor = FakePredecessor()

    def status(self) -> Status:
        if self.fault is not None:
            raise self.fault
        mode = self.modes[-1][0] if self.modes else "dub"
        return replace(STATUS, mode=mode)

    def ready(self) -> bool:
        return self.is_ready

    def set_mode(self, mode: Mode, who: str) -> None:
        self.modes.append((mode, who))
        self.feed.publish(StateChange(what="mode", to=mode, who=who))
