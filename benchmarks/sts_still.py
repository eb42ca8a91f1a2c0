"""Engines that take no time, where real ones live: what is left is the service around them."""

import functools

import numpy as np
from sts_service.asr import RATE_HZ, Samples, Segment, Transcriber, Transcript, Word
from sts_service.engines import Card, EngineSettings, EngineSpec, Offer
from sts_service.translation import Translation, Translator
from sts_service.tts import Speech, Synthesizer, Voice

SPOKEN_HZ = 24_000
FITS_S, LONG_S = 5.2, 6.6
"""Of speech: what fits where five seconds were spoken in six, and what must be stretched."""

_WORDS = tuple(Word(f"word{n}", 0.1 + 0.35 * n, 0.4 + 0.35 * n, 0.9) for n in range(14))
_TEXT = " ".join(word.text for word in _WORDS)


class StillTranscriber:
    async def transcribe(self, samples: Samples, language: str, prompt: str) -> Transcript:
        begin_s = max(0.0, len(samples) / RATE_HZ - 6.0)
        words = tuple(Word(w.text, w.start_s + begin_s, w.end_s + begin_s, w.confidence) for w in _WORDS)
        segments = (Segment(_TEXT, words[0].start_s, words[-1].end_s, words),)
        return Transcript(_TEXT, segments, 0.9, language)

    async def close(self) -> None:
        pass


class StillTranslator:
    async def translate(self, text: str, source: str, target: str, context: str) -> Translation:
        return Translation(text)

    async def close(self) -> None:
        pass


class StillSynthesizer:
    def __init__(self, seconds: float) -> None:
        time_s = np.arange(round(seconds * SPOKEN_HZ)) / SPOKEN_HZ
        buzz = sum(np.sin(2 * np.pi * 150 * n * time_s) / n for n in range(1, 30))
        noise = 0.05 * np.random.default_rng(1).standard_normal(len(time_s))
        syllables = 0.1 + 0.9 * np.sin(2 * np.pi * 2.5 * time_s) ** 2
        self.speech = Speech((0.2 * syllables * (buzz + noise)).astype(np.float32), SPOKEN_HZ)

    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        return self.speech

    async def close(self) -> None:
        pass


_CARD = functools.partial(Card, name="still", kind="test", code_licence="Apache-2.0", needs="nothing")


def _check(settings: EngineSettings) -> Offer:
    return Offer(model="none")


def _transcriber(settings: EngineSettings) -> Transcriber:
    return StillTranscriber()


def _translator(settings: EngineSettings) -> Translator:
    return StillTranslator()


def _fits(settings: EngineSettings) -> Synthesizer:
    return StillSynthesizer(FITS_S)


def _long(settings: EngineSettings) -> Synthesizer:
    return StillSynthesizer(LONG_S)


TRANSCRIBER = EngineSpec(card=_CARD(stage="asr"), check=_check, make=_transcriber)
TRANSLATOR = EngineSpec(card=_CARD(stage="translation", home="loop"), check=_check, make=_translator)
FITS = EngineSpec(card=_CARD(stage="tts", rate_hz=SPOKEN_HZ), check=_check, make=_fits)
LONG = EngineSpec(card=_CARD(stage="tts", rate_hz=SPOKEN_HZ), check=_check, make=_long)
