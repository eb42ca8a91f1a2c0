"""Whisper by faster-whisper: the production transcriber, on CUDA or on the CPU."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from dubbing_protocol import ErrorCode

from sts_service.asr import RATE_HZ, Samples, Transcriber, Transcript
from sts_service.asr.whisper_models import get, languages, missing, on_disk, whisper_language
from sts_service.asr.whisper_transcript import transcript_of
from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.model_files import needs_package
from sts_service.engines.native import calm_threads, failed, reload, tell_nobody, threads, unload

NAME = "faster-whisper"
WINDOW_S = 30
"""What the model hears at once."""
SHORTEST_S = 0.05
"""Less than this is no word, and the voice detector wants more than nothing."""

_PROMPT_TOKENS = 100
_MAX_NEW_TOKENS = 330
"""With the prompt and the control tokens it stays under the 448 that a model has room for."""


class FasterWhisper:
    def __init__(self, model: Any, *, beam_size: int) -> None:
        """`model` is a loaded `faster_whisper.WhisperModel`."""
        self._model = model
        self._beam_size = beam_size

    async def transcribe(self, samples: Samples, language: str, prompt: str) -> Transcript:
        code = whisper_language(language)
        if code not in self._model.supported_languages:
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, f"this Whisper model does not know {language}")
        length_s = len(samples) / RATE_HZ
        if length_s < SHORTEST_S:
            return transcript_of([], length_s, language)
        try:
            segments, _ = self._model.transcribe(
                np.ascontiguousarray(samples, dtype=np.float32),
                language=code,
                beam_size=self._beam_size,
                # A second try at another temperature would cost more time than the fragment has.
                temperature=[0.0],
                condition_on_previous_text=False,
                initial_prompt=self._last_tokens(prompt),
                max_new_tokens=max_new_tokens(length_s),
                vad_filter=True,
                word_timestamps=True,
            )
            # The segments come as they are asked for: this is where the work is done.
            heard = list(first_windows(segments, math.ceil(length_s / WINDOW_S) + 1))
        except Exception as error:
            raise failed(error, ErrorCode.MODEL_ERROR, NAME) from error
        return transcript_of(heard, length_s, language)

    def _last_tokens(self, prompt: str) -> list[int] | None:
        if not prompt.strip():
            return None
        tokens = self._model.hf_tokenizer.encode(" " + prompt.strip(), add_special_tokens=False).ids
        return list(tokens[-_PROMPT_TOKENS:])

    def free_memory(self) -> None:
        reload(self._model.model)

    async def close(self) -> None:
        unload(self._model.model)


def max_new_tokens(length_s: float) -> int:
    """As many as the fastest speaker could need: it ends a model's repetitions."""
    return min(_MAX_NEW_TOKENS, 24 + math.ceil(12 * length_s))


def first_windows(segments: Iterable[Any], windows: int) -> Iterator[Any]:
    """A model that repeats itself may creep through the sound in tiny steps, a window's work for each."""
    seen: set[int] = set()
    for segment in segments:
        seen.add(segment.seek)
        if len(seen) > windows:
            return
        yield segment


def check(settings: EngineSettings) -> Offer:
    needs_package("faster_whisper", "whisper")
    if on_disk(settings) is None and not settings.download_models:
        raise NotHere(missing(settings))
    return Offer(model=settings.whisper_model, sources=languages(settings.whisper_model))


def make(settings: EngineSettings) -> Transcriber:
    needs_package("faster_whisper", "whisper")
    folder = get(settings)
    calm_threads()
    tell_nobody()
    import ctranslate2
    from faster_whisper import WhisperModel

    device = settings.whisper_device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    compute_type = settings.whisper_compute_type
    if compute_type == "auto" and device == "cpu":
        compute_type = "int8"
    try:
        model = WhisperModel(
            str(folder),
            device=device,
            compute_type=compute_type,
            cpu_threads=threads(),
            local_files_only=True,
        )
    except Exception as error:
        raise NotHere(f"cannot load {folder} on {device} as {compute_type}: {_reason(error)}") from error
    # Beams find a few words more, and cost a CPU a third more time than it has.
    return FasterWhisper(model, beam_size=5 if device == "cuda" else 1)


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__


SPEC: EngineSpec[Transcriber] = EngineSpec(
    card=Card(
        name=NAME,
        stage="asr",
        kind="production",
        code_licence="MIT",
        weights_licence="MIT",
        needs="sts-service[whisper] and a Whisper model (medium: 1.5 GB); a GPU for medium and larger",
    ),
    check=check,
    make=make,
)
