"""Gives the text back: for revoicing in the same language, and for tests."""

from dataclasses import dataclass

from sts_service.engines import Card, EngineSettings, EngineSpec, Offer
from sts_service.engines.card import primary
from sts_service.translation import Translation


@dataclass(frozen=True, slots=True, kw_only=True)
class SameLanguage(Offer):
    """Any language, to itself."""

    def serves(self, source: str, target: str) -> bool:
        return primary(source) == primary(target)


class Identity:
    async def translate(self, text: str, source: str, target: str, context: str) -> Translation:
        return Translation(text)

    async def close(self) -> None:
        pass


def _check(settings: EngineSettings) -> Offer:
    return SameLanguage(model="none")


def _make(settings: EngineSettings) -> Identity:
    return Identity()


SPEC: EngineSpec[Identity] = EngineSpec(
    card=Card(
        name="identity",
        stage="translation",
        kind="test",
        code_licence="Apache-2.0",
        needs="nothing; source and target language must be the same",
        home="loop",
        concurrency=100,
    ),
    check=_check,
    make=_make,
)
