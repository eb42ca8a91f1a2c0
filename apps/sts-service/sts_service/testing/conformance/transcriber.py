"""What is asked of a transcriber."""

from typing import ClassVar

import numpy as np
import pytest
from dubbing_protocol.model import Stage

from sts_service.asr import RATE_HZ, Samples, Transcriber, Transcript
from sts_service.engines import EngineSettings, Offer
from sts_service.engines.trial import speech_like
from sts_service.testing.conformance.engine import EngineConformance

_SLACK_S = 0.1
"""Engines count in frames."""

_SPEECH = speech_like()
_NOISE = (0.1 * np.random.default_rng(1).standard_normal(RATE_HZ * 2)).astype(np.float32)
SOUNDS: dict[str, Samples] = {
    "nothing": np.zeros(0, np.float32),
    "a single sample": np.zeros(1, np.float32),
    "10 ms": _SPEECH[3000:3160],
    "100 ms": _SPEECH[3000:4600],
    "6 s": _SPEECH,
    "30 s": np.tile(_SPEECH, 5),
    "noise": _NOISE.clip(-1, 1),
    "clipped": (np.sign(_SPEECH) * (np.abs(_SPEECH) > 0.02)).astype(np.float32),
    "a constant": np.full(RATE_HZ, 0.9, np.float32),
}


class TranscriberConformance(EngineConformance[Transcriber]):
    stage: ClassVar[Stage] = "asr"

    @pytest.mark.parametrize("sound", SOUNDS)
    def test_any_sound_gives_a_transcript_or_an_engine_error(
        self, settings: EngineSettings, offer: Offer, sound: str
    ) -> None:
        async def live() -> None:
            samples = SOUNDS[sound].copy()
            async with self.made(settings) as engine:
                heard = await self.answers_or_refuses(engine.transcribe(samples, language(offer), ""))
            if heard is not None:
                check_transcript(heard, len(samples) / RATE_HZ)
            assert np.array_equal(samples, SOUNDS[sound]), "the samples are not the engine's to change"

        self.run(live())

    @pytest.mark.parametrize("seconds", [0.1, 1, 6])
    def test_silence_says_nothing(self, settings: EngineSettings, offer: Offer, seconds: float) -> None:
        async def live() -> Transcript:
            silence = np.zeros(round(RATE_HZ * seconds), np.float32)
            async with self.made(settings) as engine:
                return await engine.transcribe(silence, language(offer), "")

        heard = self.run(live())
        assert (heard.text, heard.segments) == ("", ())

    def test_a_long_prompt_is_no_trouble(self, settings: EngineSettings, offer: Offer) -> None:
        async def live() -> None:
            async with self.made(settings) as engine:
                heard = await engine.transcribe(
                    _SPEECH, language(offer), "Ünïcode\n\0 prompt, Zaragoza. " * 200
                )
            check_transcript(heard, len(_SPEECH) / RATE_HZ)

        self.run(live())

    def test_one_call_says_nothing_of_the_next(self, settings: EngineSettings, offer: Offer) -> None:
        async def live() -> list[str]:
            async with self.made(settings) as engine:
                sounds = (_SPEECH, np.zeros(RATE_HZ, np.float32), _SPEECH)
                return [(await engine.transcribe(each, language(offer), "")).text for each in sounds]

        first, silence, again = self.run(live())
        assert silence == ""
        assert first == again


def language(offer: Offer) -> str:
    """One that it knows."""
    return "en" if offer.serves("en", "es") or not offer.sources else offer.sources[0]


def check_transcript(heard: Transcript, length_s: float) -> None:
    """It is as the interface says."""
    assert isinstance(heard, Transcript)
    assert heard.text == heard.text.strip()
    assert heard.confidence is None or 0 <= heard.confidence <= 1
    assert heard.language
    assert bool(heard.text) == bool(heard.segments), "text without a segment, or a segment without text"
    before_s = 0.0
    for segment in heard.segments:
        assert segment.text
        assert before_s - _SLACK_S <= segment.start_s <= segment.end_s <= length_s + _SLACK_S
        before_s = segment.start_s
        word_s = segment.start_s
        for word in segment.words:
            assert word.text
            assert word.text == word.text.strip()
            assert word_s - _SLACK_S <= word.start_s <= word.end_s <= segment.end_s + _SLACK_S
            assert word.confidence is None or 0 <= word.confidence <= 1
            word_s = word.start_s
