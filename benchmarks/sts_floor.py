"""What Whisper costs on this machine at the least: models of the real shapes, without their weights.

The time goes by the shape alone. What such a model hears is nonsense, so it is asked for as many tokens as
six seconds of speech come to.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sts_service.engines.native import calm_threads, threads
from sts_service.engines.trial import TRIAL_S, speech_like
from sts_service.testing import random_whisper

from benchmarks.report import Figure

SIZES = ("small", "medium")
ROUNDS = 3
TOKENS = 30
_S = 1e9


def figures(quick: bool = False) -> Sequence[Figure]:
    """Of each size: the encoder (thirty seconds, however short the fragment), the decoder, and their share of
    the fragment's time. `quick` takes Whisper's smallest, once.
    """
    sizes, rounds = (("tiny",), 1) if quick else (SIZES, ROUNDS)
    return [figure for size in sizes for figure in _size(size, rounds)]


def _size(size: str, rounds: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="whisper-") as folder:
        model = _loaded(random_whisper.random(Path(folder), random_whisper.SHAPES[size]))
        # The first one allocates.
        times = [_round(model) for _ in range(rounds + 1)][1:]
    encoder_s, decoder_s = ([each[part] for each in times] for part in (0, 1))
    yield Figure(f"Whisper {size}: encoder", "ms", [each * 1000 for each in encoder_s])
    yield Figure(f"Whisper {size}: {TOKENS} tokens", "ms", [each * 1000 for each in decoder_s])
    yield Figure(f"Whisper {size}: of real time", "", [sum(each) / TRIAL_S for each in times])


def _loaded(folder: Path) -> Any:
    calm_threads()
    from faster_whisper import WhisperModel

    # As the engine loads it on a machine without a GPU.
    return WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=threads(), local_files_only=True
    )


def _round(model: Any) -> tuple[float, float]:
    """Seconds in the encoder, with what the sound is made into for it, and in the decoder, without beams."""
    from faster_whisper.audio import pad_or_trim

    began_ns = time.perf_counter_ns()
    encoded = model.encode(pad_or_trim(model.feature_extractor(speech_like())))
    heard_ns = time.perf_counter_ns()
    control = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>")
    prompt = [model.hf_tokenizer.token_to_id(token) for token in control]
    model.model.generate(encoded, [prompt], beam_size=1, max_length=len(prompt) + TOKENS)
    return (heard_ns - began_ns) / _S, (time.perf_counter_ns() - heard_ns) / _S
