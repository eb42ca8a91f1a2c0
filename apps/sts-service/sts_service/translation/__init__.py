"""Text to text. One module an engine; nobody but the stage that runs them calls in here."""

from dataclasses import dataclass
from typing import Protocol

from sts_service.engines.spec import Engine


@dataclass(frozen=True, slots=True)
class Translation:
    text: str
    billed_characters: int = 0


class Translator(Engine, Protocol):
    async def translate(self, text: str, source: str, target: str, context: str) -> Translation:
        """`context`: what was said before, not to be translated. Raises `EngineError`."""
