"""From a translation to a dub that fits its slot."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from service_kit.logs import named
from service_kit.tracing import part

from sts_service.engines import EngineError
from sts_service.engines.threads import AnyThreads
from sts_service.fitting import Fitted, Limits, Source, fit, loudness_lufs, wanted_speed
from sts_service.fitting.trim import trimmed
from sts_service.full.piece import Piece
from sts_service.full.speech import Span
from sts_service.full.stage import Stage
from sts_service.full.stage_call import Done
from sts_service.tts import Speech, Synthesizer, Voice

log = logging.getLogger(__name__)

WORTH_SPEAKING_AGAIN = 0.03
"""A difference in speed smaller than this is left to the stretching."""

USUAL_CHARACTERS_PER_S = 15.0
"""A time-out grows with the text as it grows with the sound."""


@dataclass(frozen=True, slots=True)
class Spoken:
    fitted: Fitted
    waited_ms: int
    took_ms: int


class Mouth:
    """One stream's voice."""

    def __init__(
        self,
        stage: Stage[Synthesizer],
        threads: AnyThreads,
        stream_id: str,
        language: str,
        voice: Voice,
        limits: Limits,
    ) -> None:
        self._stage = stage
        self._threads = threads
        self._stream_id = stream_id
        self._language = language
        self._voice = voice
        self._limits = limits

    async def speak(self, text: str, source: Source, names: Mapping[str, object]) -> Spoken:
        """Spoken at its natural speed first, and where the engine can, once more at the speed that fits.

        `names` go into log lines. Raises `EngineError`.
        """
        done = await self._say(text, 1.0, source)
        waited_ms, took_ms, speed = done.waited_ms, done.took_ms, 1.0
        wanted = await self._wanted(done.value, source)
        if abs(wanted - 1.0) > WORTH_SPEAKING_AGAIN:
            try:
                done = await self._say(text, wanted, source)
            except EngineError as error:
                log.warning("spoken at its natural speed only: %s", error.code, extra=named(**names))
            else:
                waited_ms, took_ms, speed = waited_ms + done.waited_ms, took_ms + done.took_ms, wanted
        speech = done.value
        with part("sts.fit") as span:
            fitted = await self._threads.run(
                lambda: fit(speech.samples, speech.rate_hz, source, self._limits, spoken_speed=speed)
            )
            span.tell(status=fitted.status, speed_ratio=round(fitted.speed_ratio, 4))
        return Spoken(fitted, waited_ms, took_ms)

    async def _say(self, text: str, speed: float, source: Source) -> Done[Speech]:
        audio_s = max(source.slot / source.rate_hz, len(text) / USUAL_CHARACTERS_PER_S)
        return await self._stage.run(
            self._stream_id,
            lambda engine: engine.speak(text, self._language, self._voice, speed),
            audio_s=audio_s,
        )

    async def _wanted(self, speech: Speech, source: Source) -> float:
        """The speed to ask the engine for; 1 where it has no rate control of its own."""
        able = self._stage.card.speed_range
        if able is None:
            return 1.0
        natural = await self._threads.run(lambda: len(trimmed(speech.samples, speech.rate_hz)))
        wanted = wanted_speed(natural / speech.rate_hz, source, self._limits)
        return min(max(wanted, able[0]), able[1])


def source_of(piece: Piece, speech: Span | None) -> Source:
    """The slot, and where and how loud the speech in it is. Blocking."""
    clip = piece.clip
    onset = min(round(speech.start_s * clip.rate_hz), clip.length) if speech else 0
    end = min(round(speech.end_s * clip.rate_hz), clip.length) if speech else clip.length
    loudness = loudness_lufs(clip.samples[onset:end], clip.rate_hz) if end > onset else None
    return Source(
        slot=clip.length, rate_hz=clip.rate_hz, onset=onset, end=max(onset, end), loudness_lufs=loudness
    )
