"""One stream through the pipeline: a coroutine a fragment, as many at once as the server lets in.

Stages overlap by themselves: each fragment waits for its own engines only, and for its turn to be
transcribed.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from dubbing_protocol import ErrorCode, FragmentData, StreamInit
from dubbing_protocol.model import Stage as StageName
from service_kit.logs import named
from service_kit.tracing import part

from sts_service.audio import UnreadableSound, write
from sts_service.engines import EngineError
from sts_service.engines.threads import Metered, Threads
from sts_service.fitting import Limits
from sts_service.full.artifacts import Artifacts
from sts_service.full.context import Context
from sts_service.full.draft import Draft
from sts_service.full.hearing import Ear
from sts_service.full.keeping import keep
from sts_service.full.lineup import Lineup
from sts_service.full.load import SOUND, Load
from sts_service.full.piece import piece_of, silence, without_extras
from sts_service.full.speaking import Mouth, source_of
from sts_service.full.stage_call import Done
from sts_service.full.turns import Ticket
from sts_service.server.processor import Result, StreamControl, StreamProcessor
from sts_service.text.spoken import spoken
from sts_service.translation import Translation
from sts_service.tts import Voice

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What all streams share."""

    lineup: Lineup
    threads: Threads
    """For decoding, fitting and encoding."""
    limits: Limits
    returns_original: bool
    """Of a fragment without speech; else silence."""
    artifacts: Artifacts | None = None
    gpu_percent: Callable[[], float | None] = lambda: None
    load: Load = field(default_factory=lambda: Load(0.0, cores=1.0))


class FullStream(StreamProcessor):
    def __init__(self, shop: Shop, stream: StreamInit, voice: Voice, control: StreamControl) -> None:
        config = stream.config
        self._shop = shop
        self._control = control
        self._stream_id = stream.stream_id
        self._source, self._target = config.source_language, config.target_language
        lineup = shop.lineup
        threads = self._threads = Metered(shop.threads, self._worked_on_sound)
        self._translation = lineup.stage("translation")
        self._ear = Ear(
            lineup.stage("asr"),
            threads,
            stream.stream_id,
            self._source,
            Context(self._source, config.domain),
            usual_s=config.chunk_duration_ms / 1000,
        )
        self._mouth = Mouth(lineup.stage("tts"), threads, stream.stream_id, self._target, voice, shop.limits)
        shop.load.enter(self._stream_id)

    async def process(self, fragment: FragmentData) -> Result:
        draft = Draft(gpu_percent=self._shop.gpu_percent())
        with self._ear.arrival(fragment.sequence_number) as ticket:
            result = await self._worked(fragment, draft, ticket)
        # One that was cancelled may never have come to an engine: its sound would make the rest look cheap.
        self._shop.load.heard(self._stream_id, fragment.audio.duration_ms / 1000)
        if log.isEnabledFor(logging.DEBUG):
            texts = {
                "transcript": draft.heard.text if draft.heard else None,
                "translation": draft.translation,
                "spoken_text": draft.spoken_text,
            }
            log.debug("fragment worked on", extra=named(**self._names(fragment), **texts))
        if self._shop.artifacts:
            keep(self._shop.artifacts, fragment, result, draft)
        return result

    def close(self) -> None:
        self._ear.close()
        self._shop.load.leave(self._stream_id)

    def _worked_on_sound(self, seconds: float, processor_s: float) -> None:
        self._shop.load.worked(self._stream_id, SOUND, seconds, processor_s)

    async def _worked(self, fragment: FragmentData, draft: Draft, ticket: Ticket) -> Result:
        stage: StageName | None = None
        try:
            with part("sts.decode"):
                draft.piece = await self._threads.run(lambda: piece_of(fragment))
            stage = "asr"
            await self._hear(fragment, draft, ticket)
            if draft.says_something:
                stage = "translation"
                await self._translate(draft)
            if draft.translation:
                stage = "tts"
                await self._speak(fragment, draft)
            return await self._finished(fragment, draft)
        except UnreadableSound as error:
            return draft.failed(ErrorCode.INVALID_AUDIO, str(error))
        except EngineError as error:
            return draft.failed(error.code, error.message, stage, error.retryable)
        except Exception as error:
            extra = named(**self._names(fragment), stage=stage)
            # The error's own text may quote speech, so only where it was raised is told.
            frames = "".join(traceback.format_tb(error.__traceback__)).rstrip()
            log.error("the pipeline failed: %s\n%s", type(error).__name__, frames, extra=extra)
            return draft.failed(ErrorCode.MODEL_ERROR, f"the pipeline failed: {type(error).__name__}", stage)

    async def _hear(self, fragment: FragmentData, draft: Draft, ticket: Ticket) -> None:
        heard = draft.heard = await self._ear.hear(ticket, fragment, draft.the_piece)
        if heard.took_ms is not None:
            draft.worked("asr", self._shop.lineup.stage("asr"), heard.waited_ms, heard.took_ms)

    async def _translate(self, draft: Draft) -> None:
        heard = draft.the_heard
        done: Done[Translation] = await self._translation.run(
            self._stream_id,
            lambda engine: engine.translate(heard.text, self._source, self._target, heard.context),
            audio_s=draft.the_piece.duration_s,
        )
        draft.translation = done.value.text.strip()
        draft.worked("translation", self._translation, done.waited_ms, done.took_ms)

    async def _speak(self, fragment: FragmentData, draft: Draft) -> None:
        """Leaves the draft without a dub where nothing of the translation can be spoken."""
        translation, piece, speech = draft.translation or "", draft.the_piece, draft.the_heard.speech
        threads = self._threads
        text = draft.spoken_text = await threads.run(lambda: spoken(translation, self._target))
        if not any(character.isalnum() for character in text):
            return
        source = await threads.run(lambda: source_of(piece, speech))
        result = await self._mouth.speak(text, source, self._names(fragment))
        draft.fitted = result.fitted
        draft.worked("tts", self._shop.lineup.stage("tts"), result.waited_ms, result.took_ms)

    def _names(self, fragment: FragmentData) -> dict[str, object]:
        """For log lines."""
        return {
            "stream_id": self._stream_id,
            "session_id": self._control.session_id,
            "fragment_id": fragment.fragment_id,
            "sequence_number": fragment.sequence_number,
        }

    async def _finished(self, fragment: FragmentData, draft: Draft) -> Result:
        audio, fitted, length = fragment.audio, draft.fitted, draft.the_piece.clip.length
        if fitted is None:
            if self._shop.returns_original:
                return draft.silent(without_extras(audio))
            with part("sts.encode"):
                return draft.silent(await self._threads.run(lambda: silence(audio, length)))
        if fitted.status == "failed":
            message = f"the dub is {fitted.actual_variance_percent:.0f} % of the slot too long"
            return draft.failed(ErrorCode.DURATION_MISMATCH_EXCEEDED, message, "tts")
        with part("sts.encode"):
            return draft.dubbed(await self._threads.run(lambda: write(fitted.samples, audio, length)))
