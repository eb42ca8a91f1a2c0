"""A reading of two minutes, cut into fragments, and what the service hears in it. No voice answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import jiwer
import numpy as np
from dubbing_protocol import ErrorCode
from full_stream.sounds import Samples, audio, fragment
from full_stream.studio import Studio, engines
from speech import MORE_UNSEEN, NEWS, RATE_HZ, UNSEEN, gap, join, say
from speech.errors import words
from sts_service.asr.pocketsphinx import SPEC
from sts_service.full.processor import FullProcessor
from sts_service.full.settings import FullSettings

PAUSE_S = 0.3
FRAGMENT_S = 6.0
START_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Reading:
    text: str
    samples: Samples
    pauses_s: tuple[float, ...]
    """The middle of each pause between two sentences."""

    @property
    def length_s(self) -> float:
        return len(self.samples) / RATE_HZ


@dataclass(frozen=True)
class Errors:
    said: int
    wrong: int
    lost: int
    added: int
    doubled: int
    """Words heard twice in a row that are not in the text."""

    @property
    def rate(self) -> float:
        return (self.wrong + self.lost + self.added) / self.said

    def __str__(self) -> str:
        return f"{100 * self.rate:.1f} % ({self.wrong} wrong, {self.lost} lost, {self.added} added)"


def reading(voice: str = "rms") -> Reading:
    sentences = (*UNSEEN, *MORE_UNSEEN, *NEWS)
    parts: list[Samples] = [gap(PAUSE_S)]
    pauses = []
    for sentence in sentences:
        parts += [say(sentence, voice), gap(PAUSE_S)]
        pauses.append(sum(map(len, parts)) / RATE_HZ - PAUSE_S / 2)
    return Reading(" ".join(sentences), join(parts), tuple(pauses[:-1]))


def fixed_cuts(length_s: float, offset_s: float) -> list[float]:
    cuts = [0.0, *np.arange(offset_s or FRAGMENT_S, length_s, FRAGMENT_S).tolist()]
    # What is left at the end is silence.
    return [*cuts, length_s + 1.0]


async def heard(of: Reading, ways_to_cut: Sequence[Sequence[float]]) -> list[str]:
    """What the service hears: a stream each, all at once."""
    given = {**engines(), "asr": SPEC}
    processor = FullProcessor(FullSettings(asr_timeout_ms=120_000, max_load=0.0), given)
    async with processor.running():
        async with asyncio.timeout(START_TIMEOUT_S):
            await processor.tried.wait()
        open_studio = Studio(processor)
        streams = (_stream(open_studio, f"s{at}", of, cuts) for at, cuts in enumerate(ways_to_cut))
        return await asyncio.gather(*streams)


async def _stream(open_studio: Studio, stream_id: str, of: Reading, cuts_s: Sequence[float]) -> str:
    stream = open_studio.open(stream_id, sample_rate_hz=RATE_HZ)
    said = []
    padded = join([of.samples, gap(2.0)])
    for number, (begin_s, end_s) in enumerate(pairwise(cuts_s)):
        sound = audio(padded[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)], RATE_HZ)
        piece = fragment(number, sound, stream_id=stream_id, pts_ns=round(begin_s * 1e9))
        result = await stream.process(piece)
        # The fake voice may speak longer than the slot; nobody listens to it.
        assert result.error is None or result.error.code == ErrorCode.DURATION_MISMATCH_EXCEEDED
        said.append(result.transcript or "")
    stream.close()
    return " ".join(said)


def errors(text: str, hypothesis: str) -> Errors:
    expected, found = words(text), words(hypothesis)
    counted = jiwer.process_words(" ".join(expected), " ".join(found))
    doubles = [sum(one == other for one, other in pairwise(each)) for each in (found, expected)]
    return Errors(
        said=len(expected),
        wrong=counted.substitutions,
        lost=counted.deletions,
        added=counted.insertions,
        doubled=max(0, doubles[0] - doubles[1]),
    )
