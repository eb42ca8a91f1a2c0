"""What is asked of a synthesiser."""

from typing import ClassVar

import numpy as np
import pytest
from dubbing_protocol.model import Stage

from sts_service.engines import Card, EngineSettings, Offer
from sts_service.engines.trial import TEXT
from sts_service.testing.conformance.engine import EngineConformance
from sts_service.tts import Speech, Synthesizer

TEXTS = {
    "a letter": "a",
    "a word": "hola",
    "figures": "21-14, 3,5 %, 12.000 EUR, 2026-11-21",
    "5,000 characters": (TEXT + " ") * 48,
    "5,000 characters without a full stop": "palabra " * 625,
    "another script": "Президент посетит Париж. 総理大臣は明日到着します。",
    "markup": "<speak>uno</speak> <break time='3s'/> [[h@l'oU]] & ; rm -rf",
    "emoji": "\U0001f600\U0001f1ea\U0001f1f8",
    "lines": "uno\ndos\r\n\r\ntres\t",
    "control characters": "be\0fore \x1b[31m after \ufeff",
    "punctuation only": "... ?! --",
}


class SynthesizerConformance(EngineConformance[Synthesizer]):
    stage: ClassVar[Stage] = "tts"

    @pytest.mark.parametrize("text", TEXTS)
    def test_any_text_gives_speech_or_an_engine_error(
        self, settings: EngineSettings, offer: Offer, text: str
    ) -> None:
        async def live() -> None:
            async with self.made(settings) as engine:
                call = engine.speak(TEXTS[text], language(offer), {})
                spoken = await self.answers_or_refuses(call, TEXTS[text])
                if spoken is not None:
                    check_speech(spoken, self.spec.card)
                check_speech(await engine.speak("hola", language(offer), {}), self.spec.card)

        self.run(live())

    @pytest.mark.parametrize("text", ["", " ", "\n\t "])
    def test_nothing_gives_nothing_to_hear(self, settings: EngineSettings, offer: Offer, text: str) -> None:
        async def live() -> Speech | None:
            async with self.made(settings) as engine:
                return await self.answers_or_refuses(engine.speak(text, language(offer), {}))

        spoken = self.run(live())
        if spoken is not None:
            check_speech(spoken, self.spec.card)
            assert not np.any(np.abs(spoken.samples) > 0.01)

    def test_a_sentence_can_be_heard_and_a_longer_one_lasts_longer(
        self, settings: EngineSettings, offer: Offer
    ) -> None:
        async def live() -> list[Speech]:
            async with self.made(settings) as engine:
                return [await engine.speak(text, language(offer), {}) for text in ("hola", TEXT)]

        short, long = self.run(live())
        assert np.abs(long.samples).max() > 0.01
        assert len(long.samples) > len(short.samples)

    def test_its_rate_control_does_what_the_card_says(self, settings: EngineSettings, offer: Offer) -> None:
        if self.spec.card.speed_range is None:
            pytest.skip("it has none")
        slowest, fastest = self.spec.card.speed_range
        assert slowest <= 1 <= fastest

        async def live() -> list[int]:
            async with self.made(settings) as engine:
                speeds = (slowest, 1.0, fastest)
                return [len((await engine.speak(TEXT, language(offer), {}, each)).samples) for each in speeds]

        slow, usual, fast = self.run(live())
        assert slow >= usual >= fast
        assert slow > fast

    def test_a_voice_with_words_it_does_not_know_is_no_trouble(
        self, settings: EngineSettings, offer: Offer
    ) -> None:
        async def live() -> None:
            async with self.made(settings) as engine:
                check_speech(await engine.speak("hola", language(offer), {"not-mine": 1}), self.spec.card)

        self.run(live())


def language(offer: Offer) -> str:
    """One that it knows."""
    known = offer.targets
    return next(each for each in ("es", "en", *(known or ())) if known is None or each in known)


def check_speech(spoken: Speech, card: Card) -> None:
    """It is as the interface says."""
    assert isinstance(spoken, Speech)
    assert spoken.samples.dtype == np.float32
    assert spoken.samples.ndim == 1
    assert np.all(np.isfinite(spoken.samples))
    assert np.all(np.abs(spoken.samples) <= 1.0)
    assert 8000 <= spoken.rate_hz <= 192_000
    assert card.rate_hz is None or spoken.rate_hz == card.rate_hz
