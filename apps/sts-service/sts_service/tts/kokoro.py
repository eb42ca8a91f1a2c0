"""Kokoro-82M by kokoro-onnx: fixed voices for six languages, good and quick on a CPU."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import primary
from sts_service.engines.model_files import needs_package
from sts_service.engines.native import failed, tell_nobody, threads
from sts_service.text.pieces import can_be_said
from sts_service.tts import Speech, Synthesizer, Voice

NAME = "kokoro"
RATE_HZ = 24_000
SPEED_RANGE = (0.5, 2.0)

LANGUAGE_OF = {"a": "en", "b": "en", "e": "es", "f": "fr", "h": "hi", "i": "it", "p": "pt"}
"""By the first letter of a voice's name. For Japanese and Chinese kokoro-onnx lacks a phonemiser."""
_PHONEMES = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr-fr", "h": "hi", "i": "it", "p": "pt-br"}
_BEST = ("af_heart", "bf_emma", "ef_dora", "ff_siwis", "hf_alpha", "if_sara", "pf_dora")


class Kokoro:
    def __init__(self, model: Any) -> None:
        """`model` is a loaded `kokoro_onnx.Kokoro`."""
        self._model = model
        self._voices: list[str] = model.get_voices()

    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        """`voice`: `{"voice": NAME}`, optional."""
        name = voice.get("voice") or best_voice(self._voices, language)
        if name is None:
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, f"kokoro has no voice for {language}")
        if name not in self._voices or name[:1] not in _PHONEMES:
            raise EngineError(ErrorCode.SYNTHESIS_FAILED, f"kokoro has no voice {name}")
        if not can_be_said(text):
            return Speech(np.zeros(0, np.float32), RATE_HZ)
        slowest, fastest = SPEED_RANGE
        try:
            samples, rate_hz = self._model.create(
                text, voice=name, speed=min(max(speed, slowest), fastest), lang=_PHONEMES[name[:1]]
            )
        except ValueError as error:
            # It says this where nothing of the text can be spoken, and quotes it.
            raise EngineError(ErrorCode.SYNTHESIS_FAILED, "kokoro found nothing to say") from error
        except Exception as error:
            raise failed(error, ErrorCode.MODEL_ERROR, NAME) from error
        return Speech(np.ascontiguousarray(samples, dtype=np.float32), rate_hz)

    async def close(self) -> None:
        del self._model


def best_voice(voices: list[str], language: str) -> str | None:
    """A British one for British English; the model's best where it is there."""
    letters = [letter for letter, own in LANGUAGE_OF.items() if own == primary(language)]
    if language.lower() == "en-gb":
        letters.reverse()
    for letter in letters:
        own = [name for name in voices if name.startswith(letter)]
        if own:
            return next((name for name in own if name in _BEST), own[0])
    return None


def files(settings: EngineSettings) -> tuple[Path, Path]:
    """The model and its voices; raises `NotHere`."""
    folder = Path(settings.model_path or "", NAME)
    models, voices = sorted(folder.glob("*.onnx")), sorted(folder.glob("voices*.bin"))
    if settings.model_path is None or not models or not voices:
        raise NotHere(
            "no model of kokoro's in MODEL_PATH/kokoro: "
            "put kokoro-v1.0.onnx and voices-v1.0.bin of kokoro-onnx's releases there"
        )
    return models[0], voices[0]


def check(settings: EngineSettings) -> Offer:
    needs_package("kokoro_onnx", NAME)
    model, voices = files(settings)
    try:
        with zipfile.ZipFile(voices) as archive:
            letters = {name[:1] for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise NotHere(f"{voices} holds no voices") from error
    languages = {LANGUAGE_OF[letter] for letter in letters if letter in LANGUAGE_OF}
    return Offer(model=model.stem, targets=tuple(sorted(languages)))


def make(settings: EngineSettings) -> Synthesizer:
    check(settings)
    tell_nobody()
    import kokoro_onnx
    import onnxruntime

    model, voices = files(settings)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    try:
        session = onnxruntime.InferenceSession(
            str(model), options, providers=onnxruntime.get_available_providers()
        )
        return Kokoro(kokoro_onnx.Kokoro.from_session(session, str(voices)))
    except Exception as error:
        raise NotHere(f"cannot load {model} ({type(error).__name__})") from error


SPEC: EngineSpec[Synthesizer] = EngineSpec(
    card=Card(
        name=NAME,
        stage="tts",
        kind="local",
        code_licence="MIT; its phonemizer and eSpeak NG are GPL-3.0-or-later",
        weights_licence="Apache-2.0",
        needs="sts-service[kokoro], and the model and its voices in MODEL_PATH/kokoro (340 MB)",
        rate_hz=RATE_HZ,
        speed_range=SPEED_RANGE,
    ),
    check=check,
    make=make,
)
