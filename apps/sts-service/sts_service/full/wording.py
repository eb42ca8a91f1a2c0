"""A transcriber's words put together again: into text, and into passages as the engine had them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sts_service.asr import Transcript, Word
from sts_service.engines.card import primary
from sts_service.full.edges import shifted
from sts_service.full.speech import Span

_WITHOUT_SPACES = frozenset({"zh", "ja", "yue", "th", "lo", "km", "my"})


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the transcript; seconds from the fragment's first sample, which may be negative."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Wording:
    """A transcript as words; from an engine that does not tell words apart, its segments, or the whole."""

    words: tuple[Word, ...]
    segment_of: Mapping[int, int]
    """By a word's identity."""
    tells_words: bool
    text: str

    @classmethod
    def of(cls, transcript: Transcript, lead_s: float, length_s: float) -> "Wording":
        """Times count from the end of the lead-in."""
        words: list[Word] = []
        segment_of: dict[int, int] = {}
        for number, segment in enumerate(transcript.segments):
            told = segment.words or (Word(segment.text, segment.start_s, segment.end_s),)
            moved = shifted(told, -lead_s)
            segment_of |= {id(word): number for word in moved}
            words += moved
        if not words and transcript.text.strip():
            words.append(Word(transcript.text, 0.0, length_s))
        tells_words = any(segment.words for segment in transcript.segments)
        return cls(tuple(words), segment_of, tells_words, transcript.text.strip())

    def passages(self, words: Sequence[Word], language: str) -> tuple[Passage, ...]:
        """Of these words, of which some may be from elsewhere."""
        passages = []
        for _, group in groupby(words, lambda word: self.segment_of.get(id(word), -1)):
            part = tuple(group)
            end_s = max(word.end_s for word in part)
            passages.append(Passage(joined(part, language), part[0].start_s, end_s))
        return tuple(passages)


NO_WORDING = Wording((), {}, tells_words=False, text="")


def joined(words: Sequence[Word], language: str) -> str:
    """An engine that gives each word its own leading space knows best."""
    if primary(language) in _WITHOUT_SPACES or any(word.text[:1].isspace() for word in words[1:]):
        return "".join(word.text for word in words).strip()
    return " ".join(word.text.strip() for word in words).strip()


def speech_of(words: Sequence[Word], length_s: float) -> Span | None:
    """Where they are, as far as that is in the fragment."""
    if not words:
        return None
    start_s = min(max(0.0, words[0].start_s), length_s)
    return Span(start_s, min(length_s, max(start_s, *(word.end_s for word in words))))
