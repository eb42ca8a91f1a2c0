"""From a fragment's sound to its words: in its turn, with its edges, in its context."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np
from dubbing_protocol import FragmentData

from sts_service.asr import RATE_HZ, Samples, Transcriber, Transcript, Word
from sts_service.engines.threads import AnyThreads
from sts_service.full.context import Context
from sts_service.full.edges import WHOLE, Division, divide
from sts_service.full.gate import Gate
from sts_service.full.handover import Before, Handovers
from sts_service.full.piece import Piece
from sts_service.full.speech import Span, is_speech, span
from sts_service.full.stage import Stage
from sts_service.full.stage_call import Done
from sts_service.full.turns import Ticket
from sts_service.full.wording import NO_WORDING, Passage, Wording, joined, speech_of
from sts_service.text.truecase import finish

_SHORTER_BY_S = 0.1
"""What a fragment of the usual length may lack: a worker that copies AAC cuts between its frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a fragment says."""

    text: str
    """Empty where it says nothing."""
    passages: tuple[Passage, ...] = ()
    speech: Span | None = None
    """Where the source's speech is, as far as it lies in the fragment."""
    context: str = ""
    """What was said before it."""
    confidence: float | None = None
    waited_ms: int = 0
    took_ms: int | None = None
    """None where no transcriber was asked."""


class Ear:
    """One stream's. Fragments come in with `arrival` as soon as they are here, and are heard in order."""

    def __init__(
        self,
        stage: Stage[Transcriber],
        threads: AnyThreads,
        stream_id: str,
        language: str,
        context: Context,
        usual_s: float,
        gate: Gate | None = None,
    ) -> None:
        self._stage = stage
        self._threads = threads
        self._stream_id = stream_id
        self._language = language
        self._context = context
        self._least_s = usual_s - min(_SHORTER_BY_S, 0.1 * usual_s)
        """Of a fragment that another follows."""
        self._gate = gate or Gate()
        self._handovers: Handovers[Heard] = Handovers()
        self._highest = -1
        self._tells_words = False
        """The engine has told the times of words; before that, nothing is heard twice."""

    def arrival(self, number: int) -> AbstractContextManager[Ticket]:
        return self._gate.arrival(number)

    async def hear(self, ticket: Ticket, fragment: FragmentData, piece: Piece) -> Heard:
        """Raises `EngineError`."""
        async with self._gate.turn(ticket):
            number = fragment.sequence_number
            key = (fragment.fragment_id, piece.digest)
            known = self._handovers.heard(number, key)
            if known:
                return replace(known, waited_ms=0, took_ms=None)
            before = self._handovers.before(number, piece)
            try:
                division, heard = await self._heard(piece, before)
            except BaseException:  # also where it was cancelled
                self._handovers.fail(number, piece, before)
                raise
            heard = replace(heard, context=self._context.sentences)
            if number > self._highest:
                self._highest = number
                self._context.add(heard.text)
            self._handovers.leave(number, key, piece, before, division, heard)
            return heard

    def close(self) -> None:
        self._gate.close()
        self._handovers.clear()

    async def _heard(self, piece: Piece, before: Before) -> tuple[Division, Heard]:
        samples, lead_s = self._with_lead_in(piece, before)
        may_leave = before.may_leave and piece.duration_s > self._least_s
        begin_s = max(0.0, lead_s - before.edge.left_s)
        if not await self._threads.run(lambda: is_speech(samples, begin_s)):
            division = divide((), piece.duration_s, before.edge, quiet_s=piece.duration_s, may_leave=False)
            return division, self._told(NO_WORDING, (*before.owed, *division.own), None, None)
        done: Done[Transcript] = await self._stage.run(
            self._stream_id,
            lambda engine: engine.transcribe(samples, self._language, self._context.prompt),
            audio_s=len(samples) / RATE_HZ,
        )
        wording = Wording.of(done.value, lead_s, piece.duration_s)
        self._tells_words |= wording.tells_words
        if self._tells_words:
            free = before.free(wording.words, piece.duration_s)
            division = divide(free, piece.duration_s, before.edge, quiet_s=piece.quiet_s, may_leave=may_leave)
            found = speech_of(division.own, piece.duration_s)
        else:
            division = Division(wording.words, WHOLE)
            found = await self._threads.run(lambda: span(piece.heard))
        return division, self._told(wording, (*before.owed, *division.own), found, done)

    def _with_lead_in(self, piece: Piece, before: Before) -> tuple[Samples, float]:
        count = round(before.edge.lead_in_s * RATE_HZ) if self._tells_words else 0
        if not count or not len(before.tail):
            return piece.heard, 0.0
        lead = before.tail[-count:]
        return np.concatenate([lead, piece.heard]), len(lead) / RATE_HZ

    def _told(
        self,
        wording: Wording,
        words: tuple[Word, ...],
        found: Span | None,
        done: Done[Transcript] | None,
    ) -> Heard:
        text = wording.text if words == wording.words else joined(words, self._language)
        if text and self._stage.card.plain_text:
            text = finish(text, self._language)
        return Heard(
            text=text,
            passages=wording.passages(words, self._language),
            speech=found,
            confidence=done.value.confidence if done else None,
            waited_ms=done.waited_ms if done else 0,
            took_ms=done.took_ms if done else None,
        )
