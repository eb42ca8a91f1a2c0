"""What a stream remembers of what was said, for the engines to carry names and gender over. Pure."""

from sts_service.engines.card import primary
from sts_service.text.pieces import sentences

PROMPT_CHARACTERS = 200
"""Of the transcript's tail; Whisper reads 224 tokens at most, vocabulary included."""

SENTENCES = 2
"""That the translator is told."""

CONTEXT_CHARACTERS = 400

_VOCABULARY: dict[tuple[str, str], str] = {
    (
        "en",
        "sports",
    ): "Goal, penalty, corner, offside, referee, midfielder, goalkeeper, half-time, free kick.",
    ("en", "news"): "Government, minister, parliament, president, election, police, economy, per cent.",
    ("es", "sports"): "Gol, penalti, córner, fuera de juego, árbitro, centrocampista, portero, tiro libre.",
    ("es", "news"): "Gobierno, ministro, parlamento, presidente, elecciones, policía, economía, por ciento.",
}
"""By source language and `domain`: words to expect, in the engine's own way of writing."""


class Context:
    """One stream's."""

    def __init__(self, language: str, domain: str) -> None:
        self._vocabulary = _VOCABULARY.get((primary(language), domain.lower()), "")
        self._said = ""

    @property
    def prompt(self) -> str:
        """For the transcriber: words to expect, and the tail of what was said."""
        return f"{self._vocabulary} {_tail(self._said, PROMPT_CHARACTERS)}".strip()

    @property
    def sentences(self) -> str:
        """For the translator: the last ones."""
        return _tail(" ".join(sentences(self._said)[-SENTENCES:]), CONTEXT_CHARACTERS)

    def add(self, text: str) -> None:
        """The next fragment's transcript."""
        self._said = _tail(f"{self._said} {text}".strip(), PROMPT_CHARACTERS + CONTEXT_CHARACTERS)


def _tail(text: str, characters: int) -> str:
    """The end of the text, from the beginning of a word on where there is one."""
    if len(text) <= characters:
        return text
    tail = text[-characters:]
    if text[-characters - 1].isspace():
        return tail.lstrip()
    _, _, words = tail.partition(" ")
    return (words or tail).lstrip()
