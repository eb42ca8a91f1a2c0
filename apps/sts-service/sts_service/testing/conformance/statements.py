"""What an engine says of itself, before it is made."""

import pickle
import re
from dataclasses import fields
from typing import Any, get_args

from sts_service.engines import EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import Home, Kind
from sts_service.engines.host.address import found, written
from sts_service.testing.conformance.tested import E, Tested
from sts_service.testing.imports import heavy_imports

_TAG = re.compile(r"[a-z]{2,3}")


class StatementTests(Tested[E]):
    def test_the_card_is_complete(self) -> None:
        card = self.spec.card
        assert card.stage == self.stage
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", card.name), "a name is lower case, without blanks"
        assert card.kind in get_args(Kind)
        assert card.home in get_args(Home)
        assert card.concurrency >= 1
        for line in (card.code_licence, card.needs):
            assert line.strip(), "the operator reads it"
            assert "\n" not in line
        assert card.rate_hz is None or 8000 <= card.rate_hz <= 192_000

    def test_nothing_heavy_is_imported_before_it_is_made(self, settings: EngineSettings) -> None:
        assert heavy_imports(self.spec, settings) == []

    def test_a_reason_not_to_be_here_is_one_line(self, settings: EngineSettings) -> None:
        said = checked(self.spec, settings)
        if isinstance(said, str):
            assert said.strip()
            assert "\n" not in said
        else:
            assert isinstance(said, Offer)

    def test_no_secret_is_told(self, settings: EngineSettings) -> None:
        names = [field.name for field in fields(settings) if field.metadata.get("secret")]
        told = repr(checked(self.spec, settings)) + repr(self.spec.card)
        for secret in filter(None, (getattr(settings, name) for name in names)):
            assert secret not in told

    def test_the_offer_names_languages_as_it_should(self, offer: Offer) -> None:
        assert offer.model
        pairs = [language for pair in offer.pairs or () for language in pair]
        for language in (*(offer.sources or ()), *(offer.targets or ()), *pairs):
            assert _TAG.fullmatch(language), f"{language!r} is no primary subtag"
        assert offer.pairs != (), "an engine without a pair is not here"
        assert offer.sources != (), "an engine without a language is not here"
        assert offer.targets != (), "an engine without a language is not here"

    def test_its_spec_reaches_an_engine_process(self) -> None:
        if self.spec.card.home == "process":
            assert found(pickle.loads(pickle.dumps(written(self.spec)))).card == self.spec.card


def checked(spec: EngineSpec[Any], settings: EngineSettings) -> Offer | str:
    """Its offer, or why it is not here."""
    try:
        return spec.check(settings)
    except NotHere as reason:
        return str(reason)
