"""From a slot to its decision: the fragment goes out; the dub comes back and is made ready, or does not."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from fragment_audio.errors import UnreadableSound
from fragment_audio.format import FRAME_LENGTH, AudioFormat
from service_kit.tracing import NO_TRACER, Tracer

from media_service.audio import dub as dubs
from media_service.mix import MixSettings, Part, Play, ProgrammeLoudness, prepare_dub, speech_of
from media_service.sts.breaker import BreakerState
from media_service.sts.client import SpeechService
from media_service.sts.fragment import Answer, Fallback, Fragment, Stream
from media_service.sts.pressure import PressureAction
from media_service.timeline.lane import Lane
from media_service.timeline.slots import Slot
from media_service.timeline.units import MS_NS, RATE_HZ, SECOND_NS, Sound, samples_of
from media_service.worker.anchors import laid_out
from media_service.worker.fragments import Carriage, Cutting
from media_service.worker.hearing import Frame
from media_service.worker.traces import SlotTraces

log = logging.getLogger("media_service.sts")

SHORTEST = samples_of(SECOND_NS)
"""A slot shorter than this is not worth a dub: it ends an epoch."""
MOST_WAITING = 8
"""Slots whose sound waits to be made into a fragment, and dubs that wait to be made ready."""
PREPARE_S = 2.0
PREROLL = 3 * FRAME_LENGTH // 2
"""Samples at the source's rate before a slot within which the frame that leads into it begins."""
SAME_LENGTH = 0.01
"""A dub this near to its slot's length is meant to have it, and is played a little faster or slower."""


@dataclass(frozen=True)
class Verdict:
    """How a slot was decided, for the log, the metrics and the page."""

    slot: Slot
    outcome: str
    """"dubbed", "partial", "original" (no speech in it) or "fallback"."""
    reason: str = ""
    code: str | None = None
    message: str = ""
    fragment_id: str | None = None
    answer: Answer | None = None


class Reporter(Protocol):
    """Who is told. Called on the loop; must not block."""

    def decided(self, verdict: Verdict) -> None: ...

    def came_late(self, answer: Answer) -> None: ...

    def came_in_time(self, answer: Answer) -> None: ...

    def session(self, connected: bool, reason: str) -> None: ...

    def breaker(self, state: BreakerState, reason: str) -> None: ...

    def pressure(self, action: PressureAction, delay_ms: int) -> None: ...


class Dubbing:
    """The tick calls `cut` and `decide`; `run` owns everything that waits."""

    def __init__(
        self,
        lane: Lane,
        mix: MixSettings,
        reporter: Reporter,
        *,
        make_service: "Callable[[Stream, Dubbing], SpeechService]",
        stream: Stream,
        no_speech: Play,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        self._lane = lane
        self._mix = mix
        self._no_speech = no_speech
        self._reporter = reporter
        self._make_service = make_service
        self._stream = stream
        self._programme = ProgrammeLoudness(mix.ceiling_dbtp)
        self._carriage: Carriage | None = None
        self._known = asyncio.Event()
        self._cuttings: asyncio.Queue[Cutting] = asyncio.Queue(MOST_WAITING)
        self._answers: asyncio.Queue[Answer] = asyncio.Queue(MOST_WAITING)
        self._open: dict[int, Slot] = {}
        """Slots that may still get a dub."""
        self._carriages: dict[int, Carriage] = {}
        self._ready: dict[int, tuple[Part, Answer]] = {}
        self._failed: dict[int, Fallback] = {}
        self._fragments: dict[int, str] = {}
        self._traces = SlotTraces(tracer, stream.stream_id)
        self.service: SpeechService | None = None
        self.has_answered = False
        """The service has dubbed something."""

    @property
    def stream_id(self) -> str:
        """At the service."""
        return self._stream.stream_id

    def rename(self, stream_id: str) -> None:
        """Before `run`: the service ends the older of two sessions of one name."""
        self._stream = replace(self._stream, stream_id=stream_id)

    # The tick

    def format(self, source: AudioFormat) -> None:
        """The source's sound is of this format from now on."""
        carriage = Carriage.of(source)
        if carriage == self._carriage:
            return
        changed = self._carriage is not None and (carriage.rate_hz, carriage.channels) != (
            self._carriage.rate_hz,
            self._carriage.channels,
        )
        self._carriage = carriage
        self._stream = replace(self._stream, sample_rate_hz=carriage.rate_hz, channels=carriage.channels)
        if self.service is not None and changed:
            self.service.change_stream(self._stream)
        self._known.set()

    def cut(self, slot: Slot, frames: list[Frame], deadline_ns: int | None) -> None:
        """A slot is complete: its sound goes to the service. `frames`: those in it, after one of pre-roll."""
        self._open[slot.number] = slot
        self._traces.cut(slot)
        if slot.length < SHORTEST or self._carriage is None:
            self._fail(slot.number, "short", "the slot is too short to be dubbed")
            return
        inside = tuple(frame for frame in frames if slot.start <= frame.start < slot.end)
        # Across a hole it would sound into the silence: it is there for the frame that follows it.
        reach = slot.start - PREROLL * RATE_HZ // self._carriage.rate_hz
        before = [frame for frame in frames if reach < frame.start < slot.start]
        copies = self._carriage.copies is not None
        cutting = Cutting(
            slot,
            self._carriage,
            inside,
            before[-1] if before else None,
            self._lane.read(slot.start, 0 if copies else slot.length),
            deadline_ns,
            inside[0].stamp_ns if inside else None,
        )
        self._carriages[slot.number] = self._carriage
        try:
            self._cuttings.put_nowait(cutting)
        except asyncio.QueueFull:
            self._fail(slot.number, "overflow", "too many slots wait to be sent")

    def settled(self, slot: Slot) -> bool:
        """Nothing more can come for this slot."""
        return slot.number in self._ready or slot.number in self._failed or slot.number not in self._open

    def decide(self, slot: Slot) -> Part:
        """The slot goes on air now: its dub if it is ready, else the original."""
        number = slot.number
        self._carriages.pop(number, None)
        ready = self._ready.pop(number, None)
        fragment_id = self._fragments.pop(number, None)
        was_open = self._open.pop(number, None) is not None
        if ready is not None:
            part, answer = ready
            if self.service is not None:
                self.service.decided(number, applied=part.play is Play.DUB)
            outcome = "original" if part.play is not Play.DUB else _outcome(answer)
            self._decided(Verdict(slot, outcome, fragment_id=fragment_id, answer=answer))
            return part
        if was_open and self.service is not None:
            self.service.decided(number, applied=False)
        failed = self._failed.pop(number, None)
        reason = failed.reason if failed is not None else "deadline"
        self._decided(
            Verdict(
                slot,
                "fallback",
                str(reason),
                failed.code if failed else None,
                failed.message if failed else "the dub was not there in time",
                fragment_id,
            )
        )
        return Part(slot.start, slot.end, Play.ORIGINAL, None)

    def _decided(self, verdict: Verdict) -> None:
        self._reporter.decided(verdict)
        self._traces.decided(
            verdict.slot.number, verdict.outcome, verdict.answer, verdict.reason, verdict.code
        )

    # What waits

    async def run(self) -> None:
        """Until cancelled or finished. Raises `SpeechServiceFailed` where its loss is to end the worker."""
        await self._known.wait()
        self.service = self._make_service(self._stream, self)
        async with asyncio.TaskGroup() as group:
            making = [group.create_task(self._make()), group.create_task(self._prepare())]
            try:
                await self.service.run()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PREPARE_S):
                        await self._answers.join()
            finally:
                for task in making:
                    task.cancel()

    async def finish(self, timeout_s: float) -> bool:
        """Ends the stream in order; True when the service said that it is complete."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s / 2):
                await self._cuttings.join()
        return await self.service.finish(timeout_s) if self.service is not None else True

    def close(self) -> None:
        """No slot is decided any more."""
        self._traces.close()

    def pause(self, reason: str) -> None:
        if self.service is not None:
            self.service.pause(reason)

    def resume(self) -> None:
        if self.service is not None:
            self.service.resume()

    async def _make(self) -> None:
        while True:
            cutting = await self._cuttings.get()
            try:
                await self._offer(cutting)
            finally:
                self._cuttings.task_done()

    async def _offer(self, cutting: Cutting) -> None:
        number = cutting.slot.number
        if number not in self._open or self.service is None:
            return
        try:
            fragment = await asyncio.to_thread(cutting.fragment)
        except (ValueError, OSError) as error:
            log.exception("slot %d cannot be made into a fragment", number)
            self._fail(number, "encode", str(error))
            return
        if number in self._open:
            self._fragments[number] = fragment.fragment_id
            traceparent = self._traces.made(number, fragment.fragment_id)
            self.service.offer(replace(fragment, traceparent=traceparent) if traceparent else fragment)

    async def _prepare(self) -> None:
        while True:
            answer = await self._answers.get()
            try:
                await self._make_ready(answer)
            finally:
                self._answers.task_done()

    async def _make_ready(self, answer: Answer) -> None:
        slot = self._open.get(answer.slot)
        carriage = self._carriages.get(answer.slot)
        if slot is None or carriage is None:
            return
        original = self._lane.read(slot.start, slot.length)
        try:
            part = await asyncio.to_thread(self._part, slot, carriage, answer, original)
        except UnreadableSound as error:
            self._fail(answer.slot, "unreadable", str(error))
            return
        if answer.slot in self._open:
            self._ready[answer.slot] = part, answer
            self._traces.ready(answer.slot)

    def _part(self, slot: Slot, carriage: Carriage, answer: Answer, original: Sound) -> Part:
        """Runs in a thread. Raises `UnreadableSound`."""
        silent = not answer.audio or (not answer.transcript.strip() and self._mix.mode == "replace")
        if silent:
            return Part(slot.start, slot.end, self._no_speech, None)
        natural = round(answer.fragment.samples * RATE_HZ / carriage.rate_hz)
        near = abs(natural - slot.length) <= SAME_LENGTH * slot.length
        dub = dubs.read(
            answer.audio,
            format="m4a",
            rate_hz=carriage.rate_hz,
            channels=carriage.channels,
            length=natural if near else slot.length,
        )
        if near:
            dub = laid_out(dub, answer.fragment.anchors, slot.length)
        dub = prepare_dub(dub, original, self._programme)
        speech = speech_of(dub, slot.start)
        for start_ms, end_ms, _ in answer.segments:
            span = (
                slot.start + samples_of(start_ms * MS_NS),
                min(slot.end, slot.start + samples_of(end_ms * MS_NS)),
            )
            speech += (span,) if span[0] < span[1] else ()
        return Part(slot.start, slot.end, Play.DUB, dub, speech)

    def _fail(self, number: int, reason: str, message: str) -> None:
        """The worker's own reason for no dub; the service, if it knows of the slot, gives it up."""
        if self.service is not None and number in self._fragments:
            self.service.decided(number, applied=False)
        self._failed[number] = Fallback(number, reason, None, message)  # type: ignore[arg-type]
        self._traces.failed(number)

    # The service's listener

    def answered(self, answer: Answer) -> None:
        self.has_answered = True
        if answer.late or answer.slot not in self._open:
            self._reporter.came_late(answer)
            return
        self._reporter.came_in_time(answer)
        self._traces.answered(answer.slot)
        try:
            self._answers.put_nowait(answer)
        except asyncio.QueueFull:
            self._fail(answer.slot, "overflow", "too many dubs wait to be made ready")

    def fell_back(self, fallback: Fallback) -> None:
        self._failed[fallback.slot] = fallback
        self._traces.failed(fallback.slot)

    def fragment_sent(self, slot: int, sequence_number: int) -> None:
        self._traces.sent(slot)
        log.debug("fragment sent", extra={"fields": {"batchNumber": slot, "sequenceNumber": sequence_number}})

    def session_changed(self, connected: bool, reason: str) -> None:
        self._reporter.session(connected, reason)

    def breaker_changed(self, state: BreakerState, reason: str) -> None:
        self._reporter.breaker(state, reason)

    def pressure_changed(self, action: PressureAction, delay_ms: int) -> None:
        self._reporter.pressure(action, delay_ms)


def _outcome(answer: Answer) -> str:
    return "dubbed" if answer.status == "success" else "partial"


__all__ = ["Dubbing", "Fragment", "Reporter", "Verdict"]
