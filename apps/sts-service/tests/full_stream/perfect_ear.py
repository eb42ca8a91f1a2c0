"""A recording of known words, and a transcriber that knows it: it hears whatever is not cut off."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sts_service.asr import RATE_HZ, Samples, Segment, Transcript, Word
from sts_service.engines import EngineSpec, Offer
from sts_service.testing.fakes import transcriber

_PROBE = 400
"""Samples by which a stretch of the recording is found again."""


@dataclass
class Reading:
    """Noise bursts as words: no two stretches of it are alike."""

    samples: Samples
    words: list[Word]

    @classmethod
    def of(
        cls,
        lengths_s: Sequence[float],
        gap_s: float = 0.0,
        lead_s: float = 0.5,
        gaps_s: Sequence[float] | None = None,
    ) -> "Reading":
        """`gaps_s`: the pause after each word, where they are not all `gap_s`."""
        rng = np.random.default_rng(3)
        gaps_s = gaps_s or [gap_s] * len(lengths_s)
        at, words = round(lead_s * RATE_HZ), []
        sound = np.zeros(at + round((sum(lengths_s) + sum(gaps_s) + 1) * RATE_HZ), np.float32)
        for number, length_s in enumerate(lengths_s):
            count = round(length_s * RATE_HZ)
            sound[at : at + count] = rng.uniform(-0.3, 0.3, count)
            words.append(Word(f"w{number}", at / RATE_HZ, (at + count) / RATE_HZ))
            at += count + round(gaps_s[number] * RATE_HZ)
        # What a worker sends is 16 bit, and knows no negative zero.
        quantised = ((np.rint(sound * 32768) + 0.0) / 32768).astype(np.float32)
        return cls(quantised, words)

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE_HZ


@dataclass
class PerfectEar:
    reading: Reading
    tells_words: bool = True
    leads_s: list[float] = field(default_factory=list)
    """Where in the recording each call's samples began."""
    prompts: list[str] = field(default_factory=list)
    fails: int = 0
    """Calls that fail before the next one is answered."""
    jitter_s: float = 0.0
    """By which the times it tells are wrong at most, each time differently; the order stays."""

    def __post_init__(self) -> None:
        self._sound = self.reading.samples.tobytes()
        self._found = 0
        self._chance = np.random.default_rng(5)

    async def transcribe(self, samples: Samples, language: str, prompt: str) -> Transcript:
        await asyncio.sleep(0)
        self.prompts.append(prompt)
        begin = self._place(samples) / RATE_HZ
        self.leads_s.append(begin)
        if self.fails:
            self.fails -= 1
            raise ValueError("told to fail")
        end = begin + len(samples) / RATE_HZ
        heard = []
        for word in self.reading.words:
            start_s, end_s = max(word.start_s, begin), min(word.end_s, end)
            if end_s - start_s > 0.03:
                whole = (start_s, end_s) == (word.start_s, word.end_s)
                text = word.text if whole else f"~{word.text}"
                heard.append(Word(text, start_s - begin, end_s - begin))
        if not heard:
            return Transcript("", (), None, language)
        heard = self._blurred(heard, len(samples) / RATE_HZ)
        text = " ".join(word.text for word in heard)
        words = tuple(heard) if self.tells_words else ()
        segments = (Segment(text, heard[0].start_s, heard[-1].end_s, words),)
        return Transcript(text, segments, 0.9, language)

    async def close(self) -> None:
        pass

    def _blurred(self, words: list[Word], length_s: float) -> list[Word]:
        """Boundaries between words, each moved a little, none across another."""
        if not self.jitter_s:
            return words
        times = np.array([(word.start_s, word.end_s) for word in words]).ravel()
        times += self._chance.uniform(-self.jitter_s, self.jitter_s, len(times))
        times = np.clip(np.maximum.accumulate(times), 0, length_s)
        pairs = times.reshape(-1, 2).tolist()
        return [Word(word.text, *pair) for word, pair in zip(words, pairs, strict=True)]

    def _place(self, samples: Samples) -> int:
        """Which stretch of the recording this is."""
        loud = np.flatnonzero(samples)
        at = max(0, min(int(loud[len(loud) // 2]), len(samples) - _PROBE))
        probe = samples[at : at + _PROBE].tobytes()
        near = self._found
        found = self._sound.find(probe, near, near + 20 * RATE_HZ * 4)
        if found < 0:
            found = self._sound.find(probe)
        assert found >= 0, "this is not of the recording"
        self._found = max(0, found - 10 * RATE_HZ * 4)
        return found // 4 - at

    def spec(self) -> EngineSpec[Any]:
        fake = transcriber(None, home="loop")
        return replace(fake, check=lambda _: Offer(model="perfect"), make=lambda _: self)
