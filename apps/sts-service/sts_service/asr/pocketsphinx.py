"""The embedded transcriber: PocketSphinx with the English model that comes in its package.

Good for clear, quiet speech and for tests of the whole chain; a stadium is beyond it.
"""

import os
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from dubbing_protocol import ErrorCode

from sts_service.asr import RATE_HZ, Samples, Segment, Transcriber, Transcript, Word
from sts_service.asr.loud_part import loud_part
from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import primary

_LANGUAGE: Final = "en"
_FRAME_S: Final = 0.01
_PAUSE_S: Final = 0.35
"""Silence between words that begins a new segment."""
_PEAK: Final = 0.6
"""Soft speech is made this loud, so that 16 bits do not coarsen it."""
_MOST_GAIN: Final = 100.0
_MOST_HMMS: Final = 5000
_PRONUNCIATION = re.compile(r"\(\d+\)$")
_FILLER = re.compile(r"[<\[+]")


class PocketSphinx:
    """One utterance at a time; nothing is carried from one to the next."""

    def __init__(self) -> None:
        self._decoder = _decoder()

    async def transcribe(self, samples: Samples, language: str, prompt: str) -> Transcript:
        """`prompt` is of no use to it."""
        if primary(language) != _LANGUAGE:
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, "pocketsphinx hears English only")
        samples = np.nan_to_num(samples, posinf=0, neginf=0)
        part = loud_part(samples, RATE_HZ)
        if part is None:
            return Transcript("", (), None, language)
        heard = samples[part.start : part.stop]
        gain = min(_MOST_GAIN, max(1.0, _PEAK / float(np.abs(heard).max())))
        pcm = (np.clip(heard * gain, -1, 1) * 32767).astype(np.int16)
        words = self._words(pcm.tobytes(), part.start / RATE_HZ)
        segments = tuple(_segment(group) for group in _between_pauses(words))
        return Transcript(" ".join(word.text for word in words), segments, _confidence(words), language)

    def _words(self, pcm: bytes, begin_s: float) -> list[Word]:
        try:
            found, is_scored = _decoded(self._decoder, pcm)
        except Exception as error:
            # It is left within its utterance, and would refuse every one after.
            self._decoder = _decoder()
            message = f"pocketsphinx failed ({type(error).__name__})"
            raise EngineError(ErrorCode.MODEL_ERROR, message) from error
        return [
            Word(
                _PRONUNCIATION.sub("", piece.word),
                begin_s + piece.start_frame * _FRAME_S,
                # Its last frame is the word's too.
                begin_s + (piece.end_frame + 1) * _FRAME_S,
                min(1.0, float(piece.prob)) if is_scored else None,
            )
            for piece in found
            if not _FILLER.match(piece.word)
        ]

    async def close(self) -> None:
        self._decoder = None


def _decoder() -> Any:
    """Raises `NotHere`."""
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise NotHere(_NOT_INSTALLED) from error
    # Without the second, flat pass it is quicker and makes slightly fewer errors. The bound on what it
    # follows at once changes nothing for speech, and what is none costs it a quarter.
    decoder = Decoder(loglevel="FATAL", fwdflat=False, maxhmmpf=_MOST_HMMS)
    # The very first utterance is scored a trace otherwise than the same one later.
    _decoded(decoder, bytes(2 * RATE_HZ // 10))
    return decoder


def _decoded(decoder: Any, pcm: bytes) -> tuple[list[Any], bool]:
    """The words and fillers of an utterance, and whether they have probabilities."""
    # Else it begins with the noise that it has learnt from the utterances before.
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    # Where a word is cut off at the end there is sometimes no path through the lattice, and it has nothing to
    # say of the whole utterance. What it thought until then is a little worse than the best path.
    rough = list(decoder.seg() or ())
    decoder.end_utt()
    best = list(decoder.seg() or ())
    return best or rough, bool(best)


def _between_pauses(words: Iterable[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in words:
        if groups and word.start_s - groups[-1][-1].end_s < _PAUSE_S:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _segment(words: list[Word]) -> Segment:
    text = " ".join(word.text for word in words)
    return Segment(text, words[0].start_s, words[-1].end_s, tuple(words))


def _confidence(words: list[Word]) -> float | None:
    """The mean of the words' own."""
    known = [word.confidence for word in words if word.confidence is not None]
    return sum(known) / len(known) if known else None


_NOT_INSTALLED = "pocketsphinx is not installed: pip install pocketsphinx"


def _check(settings: EngineSettings) -> Offer:
    found = find_spec("pocketsphinx")
    if found is None:
        raise NotHere(_NOT_INSTALLED)
    roots = [Path(root) for root in found.submodule_search_locations or ()]
    if not any((root / "model" / "en-us").is_dir() for root in roots):
        raise NotHere("pocketsphinx is installed without its English model: install it from a wheel")
    return Offer(model="en-us", sources=(_LANGUAGE,))


def _make(settings: EngineSettings) -> Transcriber:
    _check(settings)
    return PocketSphinx()


SPEC: Final = EngineSpec(
    card=Card(
        name="pocketsphinx",
        stage="asr",
        kind="embedded",
        code_licence="BSD-2-Clause",
        weights_licence="BSD-2-Clause",
        needs="the pocketsphinx package, which brings its English model",
        home="process",
        concurrency=min(4, len(os.sched_getaffinity(0))),
        plain_text=True,
    ),
    check=_check,
    make=_make,
)
