"""What is asked of a translator."""

from typing import ClassVar

import pytest
from dubbing_protocol.model import Stage

from sts_service.engines import EngineSettings, Offer
from sts_service.engines.trial import TEXT
from sts_service.testing.conformance.engine import EngineConformance
from sts_service.translation import Translation, Translator

TEXTS = {
    "a letter": "a",
    "a sentence": TEXT,
    "5,000 characters": (TEXT + " ") * 48,
    "5,000 characters without a full stop": "word " * 1000,
    "another script": "Президент посетит Париж. 総理大臣は明日到着します。",
    "signs": "[brackets] {braces} ^caret$ /slash\\ @at <tag attr='x'> & 100 % * # ~ |",
    "emoji and accents": "café naïve \U0001f600\U0001f1ea\U0001f1f8 e\u0301",
    "lines": "one\ntwo\r\n\r\nthree\ttab",
    "control characters": "be\0fore \x1b[31m after \ufeff",
    "punctuation only": "... ?! --",
}


class TranslatorConformance(EngineConformance[Translator]):
    stage: ClassVar[Stage] = "translation"

    @pytest.mark.parametrize("text", TEXTS)
    def test_any_text_gives_a_translation_or_an_engine_error(
        self, settings: EngineSettings, offer: Offer, text: str
    ) -> None:
        async def live() -> None:
            async with self.made(settings) as engine:
                call = engine.translate(TEXTS[text], *pair(offer), "")
                check_translation(await self.answers_or_refuses(call, TEXTS[text]))
                # And it has not come out of step.
                check_translation(await engine.translate(TEXT, *pair(offer), ""))

        self.run(live())

    @pytest.mark.parametrize("text", ["", " ", "\n\t "])
    def test_nothing_gives_nothing_and_costs_nothing(
        self, settings: EngineSettings, offer: Offer, text: str
    ) -> None:
        async def live() -> Translation:
            async with self.made(settings) as engine:
                return await engine.translate(text, *pair(offer), "before")

        answer = self.run(live())
        assert (answer.text.strip(), answer.billed_characters) == ("", 0)

    def test_the_context_is_not_translated(self, settings: EngineSettings, offer: Offer) -> None:
        async def live() -> tuple[Translation, Translation]:
            async with self.made(settings) as engine:
                alone = await engine.translate(TEXT, *pair(offer), "")
                return alone, await engine.translate(TEXT, *pair(offer), "Something came before. " * 20)

        alone, in_context = self.run(live())
        assert len(in_context.text) < 2 * len(alone.text) + 20

    def test_a_region_is_no_other_language(self, settings: EngineSettings, offer: Offer) -> None:
        source, target = pair(offer)

        async def live() -> None:
            async with self.made(settings) as engine:
                check_translation(await engine.translate(TEXT, source, f"{target}-XX", ""))

        self.run(live())


def pair(offer: Offer) -> tuple[str, str]:
    """Languages that it knows."""
    if offer.pairs:
        return min(offer.pairs, key=lambda pair: (pair != ("en", "es"), pair))
    if offer.serves("en", "es"):
        return "en", "es"
    if offer.serves("en", "en"):
        return "en", "en"
    return (offer.sources or ("en",))[0], (offer.targets or ("es",))[0]


def check_translation(answer: Translation | None) -> None:
    """It is as the interface says; None is a refusal."""
    if answer is not None:
        assert isinstance(answer, Translation)
        assert isinstance(answer.text, str)
        assert answer.billed_characters >= 0
