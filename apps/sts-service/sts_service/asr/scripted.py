"""Hears what a subtitle file says for that time of the stream: for tests, and to show without a model."""

import re
from bisect import bisect_left
from pathlib import Path

from sts_service.asr import RATE_HZ, Samples, Segment, Transcript, Word
from sts_service.engines import Card, EngineSettings, EngineSpec, NotHere, Offer

_TIME = r"(?:(\d+):)?(\d\d):(\d\d)[.,](\d{3})"
_CUE = re.compile(rf"^{_TIME} +--> +{_TIME}[^\n]*\n(.*?)(?:\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")


def read_subtitles(text: str) -> tuple[Word, ...]:
    """The words of SubRip or WebVTT by stream time, a cue's spread evenly over it. Raises `ValueError`."""
    words: list[Word] = []
    for cue in _CUE.finditer(text.replace("\r\n", "\n")):
        *times, said = cue.groups()
        begin_s, end_s = _seconds(*times[:4]), _seconds(*times[4:])
        texts = _MARKUP.sub("", said).split()
        if not texts:
            continue
        if end_s <= begin_s:
            raise ValueError(f"the cue at {begin_s:.3f} s ends before it begins")
        each_s = (end_s - begin_s) / len(texts)
        words += [
            Word(word, begin_s + n * each_s, begin_s + (n + 1) * each_s, 1.0) for n, word in enumerate(texts)
        ]
    if not words:
        raise ValueError("there is no cue in it")
    return tuple(sorted(words, key=_middle_s))


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000


def _middle_s(word: Word) -> float:
    return (word.start_s + word.end_s) / 2


class Scripted:
    """The words whose middle lies in the samples; the sound itself it does not hear."""

    def __init__(self, words: tuple[Word, ...]) -> None:
        self._words = words

    async def transcribe(
        self, samples: Samples, language: str, prompt: str, *, start_ns: int = 0
    ) -> Transcript:
        start_s, length_s = start_ns / 1e9, len(samples) / RATE_HZ
        first = bisect_left(self._words, start_s, key=_middle_s)
        last = bisect_left(self._words, start_s + length_s, key=_middle_s)
        words = tuple(
            Word(word.text, max(0.0, word.start_s - start_s), min(length_s, word.end_s - start_s), 1.0)
            for word in self._words[first:last]
        )
        text = " ".join(word.text for word in words)
        segments = (Segment(text, words[0].start_s, words[-1].end_s, words),) if words else ()
        return Transcript(text, segments, 1.0 if words else None, language)

    async def close(self) -> None:
        pass


def _check(settings: EngineSettings) -> Offer:
    if settings.scripted_transcript is None:
        raise NotHere("no subtitles: set SCRIPTED_TRANSCRIPT to a .srt or .vtt file")
    if not Path(settings.scripted_transcript).is_file():
        raise NotHere(f"SCRIPTED_TRANSCRIPT: there is no file {settings.scripted_transcript}")
    return Offer(model=Path(settings.scripted_transcript).name)


def _make(settings: EngineSettings) -> Scripted:
    _check(settings)
    path = Path(str(settings.scripted_transcript))
    try:
        return Scripted(read_subtitles(path.read_text("utf-8-sig")))
    except (OSError, ValueError) as error:
        raise NotHere(f"SCRIPTED_TRANSCRIPT: {path}: {error}") from None


SPEC: EngineSpec[Scripted] = EngineSpec(
    card=Card(
        name="scripted",
        stage="asr",
        kind="test",
        code_licence="Apache-2.0",
        needs="subtitles of the programme, named by SCRIPTED_TRANSCRIPT",
        home="loop",
        concurrency=100,
        timed=True,
    ),
    check=_check,
    make=_make,
)
