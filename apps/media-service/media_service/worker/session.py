"""One stream from its first packet to its last: the rooms wired together, start, stop and exit code."""

import asyncio
import logging
import signal
import time

from fragment_audio.format import AudioFormat
from service_kit.tracing import NO_TRACER, Tracer

from media_service.config.logs import named
from media_service.config.settings import WorkerSettings
from media_service.errors import InputFailed, OurFault, WorkerError
from media_service.handover.names import second_name
from media_service.handover.promise import Phase
from media_service.metrics.worker import Mode, WorkerMetrics
from media_service.mix import Mixer, MixSettings, Part, Play
from media_service.pipeline.output import Output
from media_service.pipeline.source import Source
from media_service.segment.cutter import Cutter, FixedCutter
from media_service.segment.pause import PauseCutter
from media_service.segment.voice import VoiceActivity
from media_service.sts.client import SpeechService
from media_service.sts.fragment import Stream
from media_service.timeline.lane import Lane
from media_service.timeline.slots import Slot, Slots
from media_service.timeline.units import MS_NS, SECOND_NS, Clock, ns_of, samples_of
from media_service.worker.advice import Advice
from media_service.worker.air import Air
from media_service.worker.dubbing import Dubbing
from media_service.worker.events import Feed
from media_service.worker.flow import Flow
from media_service.worker.hearing import Hearing
from media_service.worker.http import serve
from media_service.worker.inlet import Inlet, InletState
from media_service.worker.outlet import Outlet
from media_service.worker.overview import Overview
from media_service.worker.packet_path import PacketPath
from media_service.worker.predecessor import Predecessor
from media_service.worker.previewing import make_previews
from media_service.worker.recording import make_record
from media_service.worker.reporting import Report
from media_service.worker.sound_path import PcmPath, SoundPath
from media_service.worker.successor import Successor

log = logging.getLogger("media_service.worker")

TICK_S = 0.12
"""A tick costs by far more than the packets in it: between two of them the processor has forgotten us."""
CHANGE_TICK_S = 0.02
"""While the output changes hands: what is due a tick ago is what viewers wait for."""
FAST_TICK_S = 0.001
PAUSE_AFTER_NS = 10 * SECOND_NS
"""A hole in the source this long is told to the speech service."""
PLAY_OUT_NS = 3 * SECOND_NS
"""Beyond the delay, for everything to end."""
RECORD_S = 3.0
"""For the last segment files, once everything has gone out."""
RECORD_HURRY_S = 0.5


class Session:
    """`run` is the whole life; everything happens on its loop."""

    def __init__(
        self,
        settings: WorkerSettings,
        run_id: str,
        clock: Clock = time.monotonic_ns,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        self.settings = settings
        self._tracer = tracer
        self.clock = clock
        self.run_id = run_id
        self.mode: Mode = "dub"
        self.metrics = WorkerMetrics()
        self.feed = Feed(run_id)
        self.report = Report(self.metrics, self.feed, clock, settings.av_offset_ns, self._advised)
        self._mix = MixSettings(mode=settings.mix, duck_db=settings.duck_db)
        self._lane = Lane()
        self._slots: Slots[Part] = Slots()
        self.dubbing = self._dubbing() if settings.is_dubbing else None
        self.inlet = Inlet(
            lambda: Source(
                settings.input_url,
                rtsp_latency_ms=settings.rtsp_latency_ms,
                internal=settings.input_internal,
            ),
            clock,
            grace_s=settings.source_grace_s,
            live=settings.input_kind not in ("file", "hls"),
            returns=settings.input_kind != "file",
            on_connected=self._connected,
            on_lost=self._lost,
        )
        self.record = make_record(settings, self._lane.read)
        self.previews = make_previews(settings, self._lane, clock)
        seen = self.previews
        self.outlet = Outlet(
            self._make_output,
            clock,
            on_change=self._output_changed,
            preview=seen.output if seen else None,
            succeeds=settings.succeeds is not None,
        )
        self.flow = Flow(
            settings,
            self.inlet,
            self.outlet,
            make_sound=self._make_sound,
            undecided=self._undecided,
            record=self.record,
            preview=seen.input if seen else None,
        )
        self.predecessor = Predecessor(self.flow, self.outlet, clock, lambda: self.mode)
        self.successor = self._successor(settings.succeeds) if settings.succeeds is not None else None
        self.overview = Overview(self)
        self._lost_ns: int | None = None
        self._output_wanted = asyncio.Event()
        self._ending = asyncio.Event()
        self._played_out = asyncio.Event()
        self._stop_at_once = asyncio.Event()
        self._end_by_ns: int | None = None
        self._asked_to_stop = False
        self._failure: WorkerError | None = None

    # For the port

    def ready(self) -> bool:
        """Media flows from end to end."""
        return self.outlet.on_air and self.inlet.state in (InletState.LIVE, InletState.ENDED)

    def set_mode(self, mode: Mode, who: str) -> None:
        """Takes effect with the next sample that is rendered: within a tick."""
        before, self.mode = self.mode, mode
        self.report.mode_changed(mode, before, who)

    # Life

    async def run(self) -> None:
        """Until the stream has ended and played out. Raises what the exit code comes from."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._signalled)
        settings = self.settings
        host, token = settings.metrics_host, settings.control_token
        try:
            async with serve(self.overview, host, settings.metrics_port, token) as port:
                if self.previews is not None and self.successor is None:
                    self.previews.begin()
                log.info("listening on http://%s:%d", host, port, extra=named(port=port))
                self.overview.announce(port)
                await self._greet()
                try:
                    await self._live()
                except* WorkerError as failures:
                    raise _first_error(failures) from None
                finally:
                    if self.dubbing is not None:
                        self.dubbing.close()
                    await self._end_files()
        finally:
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(name)
        if self._failure is not None:
            raise self._failure

    async def _live(self) -> None:
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(self._input()), group.create_task(self._stop_early())]
            if self.successor is not None:
                background.append(group.create_task(self._succeed(self.successor)))
            if self.dubbing is not None:
                background.append(group.create_task(self.dubbing.run()))
            output = group.create_task(self._output())
            ticking = group.create_task(self._ticks())
            await self._ending.wait()
            if self.dubbing is not None:
                background.append(group.create_task(self._finish_dubbing(self.dubbing)))
            await self._played_out.wait()
            if self.flow.sound is not None:
                self.flow.sound.flush()
            self.outlet.end(self.flow.shown_ns)
            await asyncio.wait([output], timeout=PLAY_OUT_NS / SECOND_NS)
            if self.predecessor.phase is Phase.LEAVING:
                self.predecessor.has_left()
            if self.dubbing is not None:
                await asyncio.wait([background[-1]], timeout=max(0.0, self._left_s()))
            for task in (ticking, output, *background):
                task.cancel()

    async def _end_files(self) -> None:
        timeout_s = RECORD_HURRY_S if self._stop_at_once.is_set() else RECORD_S
        if self.record is not None:
            self.record.end()
            await asyncio.to_thread(self.record.close, timeout_s)
        if self.previews is not None:
            await asyncio.to_thread(self.previews.close, timeout_s)

    async def _input(self) -> None:
        try:
            await self.inlet.run()
        except InputFailed as failure:
            if self.inlet.connections == 0:
                raise
            # It was live once: what is buffered plays out, and then this is the exit code.
            self._failure = failure
            log.warning("%s; what is buffered plays out", failure)
        self._end()

    async def _output(self) -> None:
        await self._output_wanted.wait()
        if self.successor is not None:
            await self.successor.taken.wait()
        await self.outlet.run()

    async def _greet(self) -> None:
        """Beside the predecessor's session the speech service must not have another of the same name."""
        if self.successor is None or self.dubbing is None:
            return
        greeting = await self.successor.greet()
        name = self.settings.stream_id
        if greeting is None or greeting.sts_stream_id in (None, name):
            name = second_name(name)
        self.dubbing.rename(name)

    async def _succeed(self, successor: Successor) -> None:
        await successor.run()
        if self.previews is not None:
            self.previews.begin()

    async def _finish_dubbing(self, dubbing: Dubbing) -> None:
        await dubbing.finish(self._finish_s())

    async def _stop_early(self) -> None:
        await self._stop_at_once.wait()
        log.warning("stopped at once")
        self._end_by_ns = self.clock()
        self._played_out.set()
        self._ending.set()

    def _finish_s(self) -> float:
        """How long the speech service may take for what it still has."""
        if self.flow.fast and not self._asked_to_stop:
            # No clock decides: each slot waits for its own result, and that has a time-out.
            return (len(self._undecided()) + 1) * self.settings.sts_timeout_ms / 1000
        return max(1.0, self._left_s())

    def _left_s(self) -> float:
        return ((self._end_by_ns or self.clock()) - self.clock()) / SECOND_NS

    def _signalled(self) -> None:
        waits = self.successor is not None and not self.successor.taken.is_set()
        if waits or self._ending.is_set() or self.inlet.state is InletState.ENDED:
            self._stop_at_once.set()
            return
        self.predecessor.is_ending = True
        log.info("asked to stop: what is buffered plays out")
        self._asked_to_stop = True
        self.inlet.stop()

    def _end(self) -> None:
        """Nothing more comes in."""
        self.predecessor.is_ending = True
        if self._end_by_ns is None:
            now = self.clock()
            self.flow.end(now)
            # A playlist may have come faster than it plays.
            ahead_ns = 0 if self._asked_to_stop else self.flow.ahead_ns(now)
            self._end_by_ns = now + ahead_ns + self.flow.pace.delay_ns + PLAY_OUT_NS
            self.report.input_changed("ended")
            self._ending.set()

    # The tick

    async def _ticks(self) -> None:
        due = self.clock()
        second = 0
        while True:
            now = self.clock()
            self._tick(now)
            if now // SECOND_NS != second:
                second = now // SECOND_NS
                self.overview.look()
            due = max(due + int(self._tick_s * SECOND_NS), now)
            await asyncio.sleep((due - self.clock()) / SECOND_NS)

    @property
    def _tick_s(self) -> float:
        if self.flow.fast:
            return FAST_TICK_S
        leaves = self.predecessor.phase is Phase.LEAVING
        comes = self.successor is not None and self.successor.is_changing
        return CHANGE_TICK_S if leaves or comes else TICK_S

    def _tick(self, now: int) -> None:
        flow = self.flow
        flow.take_in(now)
        flow.pace.slew(now)
        if not self._output_wanted.is_set() and flow.wants_output(now):
            self._output_wanted.set()
        if self.predecessor.phase is not Phase.LEFT:
            flow.send_out(now, self.mode)
        if self.predecessor.is_due(now) and not self._played_out.is_set():
            self._leave(now)
        self.outlet.watch()
        if self.previews is not None and self._is_settled:
            self.previews.hand_over(now, flow.pace)
        elif self.previews is not None:
            self.previews.forget()
        if self._lost_ns is not None and now - self._lost_ns > PAUSE_AFTER_NS and self.dubbing is not None:
            self._lost_ns = None
            self.dubbing.pause("the source is lost")
        if self._ending.is_set() and (flow.is_empty or self._is_overdue(now)):
            self._played_out.set()

    @property
    def _is_settled(self) -> bool:
        """No predecessor writes where we would."""
        return self.successor is None or self.successor.alone.is_set()

    def _leave(self, now: int) -> None:
        """What follows is the successor's."""
        last_ns = self.predecessor.last_sound_ns()
        if last_ns is not None:
            self.flow.send_rest(last_ns, now, self.mode)
        self._end_by_ns = now + PLAY_OUT_NS
        self.inlet.stop()
        self._ending.set()
        self._played_out.set()

    def _is_overdue(self, now: int) -> bool:
        return not self.flow.fast and self._end_by_ns is not None and now > self._end_by_ns

    # What the rooms tell

    def _connected(self) -> None:
        self.flow.connected()
        self._lost_ns = None
        self.report.input_changed("up", again=self.inlet.connections > 1)
        if self.dubbing is not None:
            self.dubbing.resume()

    def _lost(self, reason: str) -> None:
        self.flow.lost()
        self._lost_ns = self.clock()
        self.report.input_changed("lost", reason)

    def _sound_format(self, sound: AudioFormat) -> None:
        if self.record is not None:
            self.record.format(sound)
        if self.dubbing is not None:
            self.dubbing.format(sound)

    def _cut(self, start: int, end: int, epoch: int) -> None:
        self.flow.cut(end)
        if self.flow.sound is None:
            return
        frames = list(self.flow.sound.frames)
        if self.record is not None and self._is_settled:
            self.record.cut(start, end, frames)
        if self.dubbing is None:
            return
        slot = self._slots.cut(start, end, epoch)
        self.dubbing.cut(slot, frames, self.flow.decided_ns(slot))

    def _decide(self, slot: Slot) -> Part:
        if self.dubbing is None:
            return Part(slot.start, slot.end, Play.ORIGINAL, None)
        return self.dubbing.decide(slot)

    def _undecided(self) -> list[Slot]:
        if self.dubbing is None:
            return []
        decided = self._slots.decided
        return [slot for slot in self._slots if not (decided(slot) or self.dubbing.settled(slot))]

    def _output_changed(self, connected: bool, reason: str) -> None:
        again = connected and self.outlet.connections > 1
        self.report.output_changed("up" if connected else "lost", reason, again=again)

    def _advised(self, advice: Advice) -> None:
        """Raises the delay where that was asked for: what waits leaves later by as much, once."""
        if self.settings.av_offset_auto and advice.raise_by_ms:
            self.flow.pace.delay_ns += advice.raise_by_ms * MS_NS
            self.report.watch.offset_changed(self.flow.pace.delay_ns - self.settings.segment_ns)

    # What is made on demand

    def _make_sound(self, source: AudioFormat, position: int) -> SoundPath:
        """Once the first packet of sound has come; `position` is what is due by then."""
        cutter = _cutter(self.settings)
        if self.dubbing is None and source.copyable:
            self._sound_format(source)
            return PacketPath(source, cutter, send=self._emit_packet, on_cut=self._cut, position=position)
        voice = VoiceActivity() if self.settings.segment_mode == "pause" and self.dubbing else None
        self._lane.head = position
        hearing = Hearing(self._lane, cutter, voice, on_cut=self._cut, on_format=self._sound_format)
        air = Air(self._lane, self._slots, Mixer(self._mix), self._decide, self._emit_pcm, position)
        return PcmPath(self._lane, hearing, air)

    def _emit_pcm(self, data: bytes, start: int, length: int) -> None:
        duration_ns = ns_of(start + length) - ns_of(start)
        self.outlet.sound(data, ns_of(start), duration_ns, begins=self.flow.video is None)

    def _emit_packet(self, data: bytes, media_ns: int, duration_ns: int) -> None:
        self.outlet.sound(data, media_ns, duration_ns, begins=self.flow.video is None)

    def _make_output(self) -> Output:
        carried = self.flow.sound.carries if self.flow.sound is not None else None
        seen = self.previews is not None
        return Output(self.settings.output_url, video=self.flow.video, packets=carried, heard=seen)

    def _dubbing(self) -> Dubbing:
        settings = self.settings
        return Dubbing(
            self._lane,
            self._mix,
            self.report,
            make_service=self._service,
            stream=_stream(settings),
            no_speech=Play.ORIGINAL if settings.no_speech == "original" else Play.SILENCE,
            tracer=self._tracer,
        )

    def _successor(self, url: str) -> Successor:
        settings = self.settings
        return Successor(
            url,
            settings.succeeds_token or settings.control_token,
            self.run_id,
            self.flow,
            self.outlet,
            self.clock,
            is_ready=self._is_ready,
            set_mode=lambda mode: self.set_mode(mode, "predecessor") if mode != self.mode else None,
        )

    def _is_ready(self) -> bool:
        """There is a dub, and it is known where a camera's pictures belong beside their sound."""
        in_sync = self.settings.input_kind != "rtsp" or self.inlet.picture_shift_ns is not None
        return in_sync and (self.dubbing is None or self.dubbing.has_answered)

    def _service(self, stream: Stream, listener: Dubbing) -> SpeechService:
        return SpeechService(
            self.settings.sts_service_url or "",
            stream,
            token=self.settings.sts_api_key,
            listener=listener,
            clock=self.clock,
            give_up=self.settings.sts_give_up,
            tracer=self._tracer,
        )


def _stream(settings: WorkerSettings) -> Stream:
    return Stream(
        stream_id=settings.stream_id,
        worker_id=settings.instance_id,
        source_language=settings.source_language or "",
        target_language=settings.target_language or "",
        voice_profile=settings.voice_profile,
        chunk_duration_ms=settings.segment_ns // MS_NS,
        domain=settings.domain,
        max_inflight=settings.max_inflight,
        timeout_ms=settings.sts_timeout_ms,
    )


def _cutter(settings: WorkerSettings) -> Cutter:
    longest = samples_of(settings.segment_ns)
    if settings.segment_mode == "pause":
        return PauseCutter(minimum=samples_of(settings.segment_min_ns), maximum=longest)
    return FixedCutter(longest)


def _first_error(failures: BaseExceptionGroup[WorkerError]) -> WorkerError:
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            return _first_error(failure)
        return failure
    return OurFault("the worker failed")
