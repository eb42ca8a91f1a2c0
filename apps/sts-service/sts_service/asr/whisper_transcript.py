"""What faster-whisper heard, as our transcript."""

import math
from typing import Any

from sts_service.asr import Segment, Transcript, Word


def transcript_of(heard: list[Any], length_s: float, language: str) -> Transcript:
    """Of faster-whisper's segments.

    A model's times can lie outside of the sound, or go back. They are brought in and into order, and what
    lies wholly beyond the sound was not said.
    """
    said = [segment for segment in heard if segment.text.strip() and segment.start < length_s]
    segments: list[Segment] = []
    for segment in said:
        earliest_s = segments[-1].start_s if segments else 0.0
        segments.append(_segment(segment, earliest_s, length_s))
    return Transcript(
        text=" ".join(segment.text for segment in segments),
        segments=tuple(segments),
        confidence=_confidence(said),
        language=language,
    )


def _segment(segment: Any, earliest_s: float, length_s: float) -> Segment:
    words: list[Word] = []
    for word in segment.words or ():
        if text := word.word.strip():
            earliest_s = words[-1].start_s if words else earliest_s
            start_s, end_s = _within(word.start, word.end, earliest_s, length_s)
            words.append(Word(text, start_s, end_s, _share(word.probability)))
    if words:
        start_s, end_s = words[0].start_s, max(word.end_s for word in words)
    else:
        start_s, end_s = _within(segment.start, segment.end, earliest_s, length_s)
    return Segment(segment.text.strip(), start_s, end_s, tuple(words))


def _within(start_s: float, end_s: float, earliest_s: float, length_s: float) -> tuple[float, float]:
    start_s = min(max(float(start_s), earliest_s), length_s)
    return start_s, min(max(float(end_s), start_s), length_s)


def _confidence(heard: list[Any]) -> float | None:
    """The mean probability of a token, segments weighed by their tokens."""
    tokens = sum(len(segment.tokens) for segment in heard)
    if not tokens:
        return None
    return _share(math.exp(sum(segment.avg_logprob * len(segment.tokens) for segment in heard) / tokens))


def _share(value: float) -> float:
    return min(max(float(value), 0.0), 1.0)
