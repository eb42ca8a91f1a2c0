"""Engines that do what a script says: quick, slow, failing, hanging, dying. No speech is understood or made.

A test in one process takes `transcriber(Script(...))`; what only knows a name (a settings variable, an engine
process) takes `sts_service.testing.fakes:TRANSCRIBER`, and the script from `FAKE_TRANSCRIBER`.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np

from sts_service.asr import RATE_HZ, Samples, Segment, Transcriber, Transcript, Word
from sts_service.engines import Card, Engine, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import Home
from sts_service.testing.acting import FOREVER_S, Fake, act
from sts_service.testing.script import Journal, Script, Step, from_environment
from sts_service.translation import Translation, Translator
from sts_service.tts import Speech, Synthesizer, Voice

WORDS_PER_S = 2.5
SPEECH_S_PER_CHARACTER = 0.06
SPEECH_RATE_HZ = 24_000


class FakeTranscriber(Fake):
    """Hears nothing in silence, and otherwise what the script says, or words named after the call."""

    async def transcribe(self, samples: Samples, language: str, prompt: str) -> Transcript:
        call = await self.play(samples.tobytes(), samples=len(samples), language=language, prompt=prompt)
        loud = np.flatnonzero(np.abs(samples) > 1e-3)
        if not loud.size:
            return Transcript("", (), None, language)
        begin_s, end_s = loud[0] / RATE_HZ, (loud[-1] + 1) / RATE_HZ
        count = max(1, round((end_s - begin_s) * WORDS_PER_S))
        said = self.said(call)
        words = said.split() if said is not None else [f"word{call}.{n}" for n in range(count)]
        edges = np.linspace(begin_s, end_s, len(words) + 1)
        heard = tuple(
            Word(word, float(start), float(end), 0.9)
            for word, start, end in zip(words, edges[:-1], edges[1:], strict=True)
        )
        text = " ".join(words)
        segments = (Segment(text, float(begin_s), float(end_s), heard),) if heard else ()
        return Transcript(text, segments, 0.9, language)


class FakeTranslator(Fake):
    """Marks the text with the target language."""

    async def translate(self, text: str, source: str, target: str, context: str) -> Translation:
        what = {"text": text, "source": source, "target": target, "context": context}
        call = await self.play(text.encode(), **what)
        if not text.strip():
            return Translation("")
        said = self.said(call)
        return Translation(f"[{target}] {text}" if said is None else said, billed_characters=len(text))


class FakeSynthesizer(Fake):
    """A tone whose length goes by the text's."""

    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        what = {"text": text, "language": language, "voice": dict(voice), "speed": speed}
        await self.play(text.encode(), **what)
        length = round(len(text.strip()) * SPEECH_S_PER_CHARACTER / speed * SPEECH_RATE_HZ)
        tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(length) / SPEECH_RATE_HZ)
        return Speech(tone.astype(np.float32), SPEECH_RATE_HZ)


E = TypeVar("E", bound=Engine)


def transcriber(
    script: Script | None, *, home: Home = "process", concurrency: int = 1
) -> EngineSpec[Transcriber]:
    """`script` None: that of `FAKE_TRANSCRIBER`, read when the engine is made."""
    card = replace(_CARD, stage="asr", home=home, concurrency=concurrency, rate_hz=None)
    return _spec(FakeTranscriber, card, script, "FAKE_TRANSCRIBER")


def translator(
    script: Script | None, *, home: Home = "process", concurrency: int = 1
) -> EngineSpec[Translator]:
    """`script` None: that of `FAKE_TRANSLATOR`, read when the engine is made."""
    card = replace(_CARD, stage="translation", home=home, concurrency=concurrency, rate_hz=None)
    return _spec(FakeTranslator, card, script, "FAKE_TRANSLATOR")


def synthesizer(
    script: Script | None, *, home: Home = "process", concurrency: int = 1
) -> EngineSpec[Synthesizer]:
    """`script` None: that of `FAKE_SYNTHESIZER`, read when the engine is made."""
    card = replace(_CARD, stage="tts", home=home, concurrency=concurrency, speed_range=(0.5, 2.0))
    return _spec(FakeSynthesizer, card, script, "FAKE_SYNTHESIZER")


_CARD = Card(
    name="fake",
    stage="tts",
    kind="test",
    code_licence="Apache-2.0",
    needs="nothing",
    rate_hz=SPEECH_RATE_HZ,
)


def _spec(
    engine: Callable[[Card, Script], E], card: Card, script: Script | None, variable: str
) -> EngineSpec[E]:
    # Partials of what can be imported by name, so the spec can be pickled.
    return EngineSpec(
        card=card,
        check=partial(_check, script, variable),
        make=partial(_make, engine, card, script, variable),
    )


def _check(script: Script | None, variable: str, settings: EngineSettings) -> Offer:
    script = script or from_environment(variable)
    if script.not_here is not None:
        raise NotHere(script.not_here)
    return Offer(model="scripted")


def _make(
    engine: Callable[[Card, Script], E],
    card: Card,
    script: Script | None,
    variable: str,
    settings: EngineSettings,
) -> E:
    script = script or from_environment(variable)
    Journal(script.journal).note(event="make")
    time.sleep(script.start_s)
    if script.start_does == "hang":
        time.sleep(FOREVER_S)
    elif script.start_does != "answer":
        act(Step(does=script.start_does, code=script.code))
    return engine(card, script)


TRANSCRIBER = transcriber(None)
TRANSLATOR = translator(None)
SYNTHESIZER = synthesizer(None)
"""In a process each."""

TRANSCRIBER_ON_LOOP = transcriber(None, home="loop", concurrency=8)
TRANSLATOR_ON_LOOP = translator(None, home="loop", concurrency=8)
SYNTHESIZER_ON_LOOP = synthesizer(None, home="loop", concurrency=8)
"""Beside the server."""
