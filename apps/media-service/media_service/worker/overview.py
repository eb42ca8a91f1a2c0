"""What the worker's own port shows of the session and hands to it; measured once a second."""

import sys
from typing import TYPE_CHECKING

from fragment_audio.format import FRAME_LENGTH

from media_service.config.urls import mask
from media_service.metrics.worker import Direction, Mode, WorkerMetrics
from media_service.sts.breaker import BreakerState
from media_service.timeline.units import MS_NS, RATE_HZ, SECOND_NS
from media_service.worker.events import Feed
from media_service.worker.inlet import InletState
from media_service.worker.predecessor import Predecessor
from media_service.worker.previewing import preview_status
from media_service.worker.status import BreakerName, EndState, EndStatus, Phase, State, Status

if TYPE_CHECKING:
    from media_service.worker.session import Session

DEGRADED_BELOW = 0.9
"""Share dubbed of the last minutes."""
SYNC_EVERY = 5
"""Looks at the muxer are so many seconds apart, once one has shown something."""
FRAME_NS = FRAME_LENGTH * SECOND_NS / RATE_HZ

_INPUT: dict[InletState, EndState] = {
    InletState.CONNECTING: "connecting",
    InletState.LIVE: "up",
    InletState.LOST: "lost",
    InletState.ENDED: "ended",
}
_BREAKER: dict[BreakerState, BreakerName] = {
    BreakerState.CLOSED: "closed",
    BreakerState.HALF_OPEN: "half_open",
    BreakerState.OPEN: "open",
}


class Overview:
    """The `Station` of the port."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._begun_ns = session.clock()
        self._counted: dict[Direction, int] = {"in": 0, "out": 0, "dropped": 0}
        self._state: State = "waiting"
        self._looks = 0
        self.av_sync_delta_ms: float | None = None

    @property
    def feed(self) -> Feed:
        return self._session.feed

    @property
    def metrics(self) -> WorkerMetrics:
        """Up to date: nobody needs most of it before it is asked for."""
        self._measure()
        return self._session.metrics

    def ready(self) -> bool:
        return self._session.ready()

    def set_mode(self, mode: Mode, who: str) -> None:
        self._session.set_mode(mode, who)

    @staticmethod
    def announce(port: int) -> None:
        """For whoever started the worker with port 0."""
        sys.stdout.write(f"port {port}\n")
        sys.stdout.flush()

    def look(self) -> None:
        """Once a second: tells when the state has changed, and asks for the next look at the muxer."""
        self._looks += 1
        if self.av_sync_delta_ms is None or self._looks % SYNC_EVERY == 0:
            delta = self._session.outlet.sync_delta_ms(FRAME_NS)
            if delta is not None:
                self.av_sync_delta_ms = delta
                self._session.metrics.av_sync_measured(delta)
        if self.state != self._state:
            self._state = self.state
            self._session.report.changed("state", self._state)

    def _measure(self) -> None:
        session, metrics = self._session, self._session.metrics
        service = session.dubbing.service if session.dubbing is not None else None
        metrics.inflight(service.state.in_flight if service is not None else 0)
        metrics.buffered(self.buffered_bytes)
        if session.flow.delay_ns is not None:
            metrics.delay_measured(session.flow.delay_ns / MS_NS)
        outlet = session.outlet
        self._count("in", session.flow.pictures_in)
        self._count("out", outlet.pictures)
        self._count("dropped", outlet.dropped_pictures + session.flow.pictures.dropped)
        if session.record is not None:
            metrics.record_stopped(session.record.files.stopped)
        if session.previews is not None:
            metrics.preview_segments(*session.previews.segments)

    def _count(self, direction: Direction, total: int) -> None:
        self._session.metrics.video_packets(direction, total - self._counted[direction])
        self._counted[direction] = total

    @property
    def buffered_bytes(self) -> int:
        session = self._session
        return session.flow.held_bytes + session.outlet.backlog_bytes

    @property
    def state(self) -> State:
        session = self._session
        if session.inlet.state is InletState.ENDED:
            return "ended"
        if not session.outlet.on_air:
            return "waiting"
        if session.mode == "original" or session.dubbing is None:
            return "original"
        share = session.report.share.share(session.clock())
        return "dubbing" if share is None or share >= DEGRADED_BELOW else "degraded"

    @property
    def _output_state(self) -> EndState:
        outlet = self._session.outlet
        if outlet.is_up:
            return "up"
        return "lost" if outlet.connections else "connecting"

    @property
    def predecessor(self) -> Predecessor:
        return self._session.predecessor

    @property
    def _phase(self) -> Phase:
        successor = self._session.successor
        if successor is not None and not successor.taken.is_set():
            return "succeeding"
        return self._session.predecessor.phase.value

    def status(self) -> Status:
        session, settings = self._session, self._session.settings
        service = session.dubbing.service if session.dubbing is not None else None
        known = service.state if service is not None else None
        sound = session.flow.audio
        return Status(
            stream_id=settings.stream_id,
            run_id=session.run_id,
            instance_id=settings.instance_id,
            state=self.state,
            mode=session.mode,
            sts_mode=settings.sts_mode,
            source_language=settings.source_language,
            target_language=settings.target_language,
            uptime_s=(session.clock() - self._begun_ns) / SECOND_NS,
            delay_ms=session.flow.pace.delay_ns // MS_NS,
            dubbed_share=session.report.share.share(session.clock()),
            breaker=_BREAKER[known.breaker] if known is not None else "closed",
            sts_connected=known is not None and known.connected,
            sts_refusal=known.refusal if known is not None else None,
            sts_session_id=known.session_id if known is not None else None,
            inflight=known.in_flight if known is not None else 0,
            input=EndStatus(
                url=mask(settings.input_url),
                kind=settings.input_kind,
                state=_INPUT[session.inlet.state],
                reconnects=session.inlet.reconnects,
                video_codec=session.flow.video.codec if session.flow.video is not None else None,
                audio_codec=sound.codec if sound is not None else None,
            ),
            output=EndStatus(
                url=mask(settings.output_url),
                kind=settings.output_kind,
                state=self._output_state,
                reconnects=session.outlet.reconnects,
                video_codec=session.flow.video.codec if session.flow.video is not None else None,
                audio_codec="aac",
            ),
            buffered_bytes=self.buffered_bytes,
            av_sync_delta_ms=self.av_sync_delta_ms,
            advice=session.report.watch.current,
            preview=preview_status(settings, session.previews),
            phase=self._phase,
            sts_stream_id=session.dubbing.stream_id if session.dubbing is not None else None,
        )
