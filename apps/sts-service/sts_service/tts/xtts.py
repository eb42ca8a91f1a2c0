"""XTTS v2 by coqui-tts: a voice cloned from a recording. Wants a GPU; a CPU takes three times too long."""

from typing import Any

import numpy as np
import numpy.typing as npt
from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import primary
from sts_service.engines.model_files import needs_package
from sts_service.engines.native import calm_threads, failed, threads
from sts_service.text.pieces import can_be_said, pieces
from sts_service.tts import Speech, Synthesizer, Voice
from sts_service.tts.xtts_model import get, languages, may_fetch, on_disk, readable
from sts_service.tts.xtts_speakers import Speakers

NAME = "xtts"
RATE_HZ = 24_000
SPEED_RANGE = (0.8, 1.25)
PAUSE_S = 0.15
"""Between the pieces of a long text."""
_CODES_PER_S = 24
_S_PER_CHARACTER = 0.25
"""Slower than anybody speaks: longer is the model not finding its end."""


class Xtts:
    def __init__(self, model: Any, torch: Any) -> None:
        """`model` is a loaded `TTS.tts.models.xtts.Xtts`, `torch` the module."""
        self._model = model
        self._torch = torch
        self._speakers = Speakers(model, torch)

    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        """`voice`: `{"speaker_wav": PATH}`, or `{"speaker": NAME}` of the model's own; else their first."""
        code = primary(language)
        if code not in languages():
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, f"XTTS does not speak {language}")
        if not can_be_said(text):
            return Speech(np.zeros(0, np.float32), RATE_HZ)
        slowest, fastest = SPEED_RANGE
        try:
            condition, speaker = self._speakers.latents(voice)
            parts = [
                self._say(part, code, condition, speaker, min(max(speed, slowest), fastest))
                for part in pieces(readable(text, code), self._model.tokenizer.char_limits[code])
                if can_be_said(part)
            ]
        except EngineError:
            raise
        except Exception as error:
            raise failed(error, ErrorCode.MODEL_ERROR, NAME) from error
        pause = np.zeros(round(PAUSE_S * RATE_HZ), np.float32)
        joined = [sound for part in parts for sound in (pause, part)][1:]
        return Speech(np.concatenate(joined), RATE_HZ)

    def _say(
        self, text: str, language: str, condition: Any, speaker: Any, speed: float
    ) -> npt.NDArray[np.float32]:
        config = self._model.config
        most_codes = min(
            self._model.gpt.max_gen_mel_tokens, round((3 + len(text) * _S_PER_CHARACTER) * _CODES_PER_S)
        )
        with self._torch.inference_mode():
            said = self._model.inference(
                text,
                language,
                condition,
                speaker,
                temperature=config.temperature,
                length_penalty=config.length_penalty,
                repetition_penalty=config.repetition_penalty,
                top_k=config.top_k,
                top_p=config.top_p,
                speed=speed,
                max_new_tokens=most_codes,
            )
        return np.asarray(said["wav"], dtype=np.float32).reshape(-1)

    def free_memory(self) -> None:
        self._speakers.forget()
        if self._torch.cuda.is_available():
            self._torch.cuda.empty_cache()

    async def close(self) -> None:
        self._speakers.forget()
        del self._model


def check(settings: EngineSettings) -> Offer:
    needs_package("TTS", NAME)
    needs_package("torch", NAME)
    if on_disk(settings) is None and not may_fetch(settings):
        get(settings)
    return Offer(model="xtts-v2", targets=languages())


def make(settings: EngineSettings) -> Synthesizer:
    needs_package("TTS", NAME)
    folder = get(settings)
    calm_threads()
    try:
        import torch
        import transformers
        from TTS.tts.configs.xtts_config import XttsConfig
        from TTS.tts.models.xtts import Xtts as Model

        # It warns at each sentence that our limit of the length beats the model's.
        transformers.logging.set_verbosity_error()
        torch.set_num_threads(threads())
        config = XttsConfig()
        config.load_json(str(folder / "config.json"))
        model = Model(config)
        model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True)
        if torch.cuda.is_available():
            model.cuda()
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise NotHere(f"cannot load {folder}: {type(error).__name__}: {reason}") from error
    return Xtts(model, torch)


SPEC: EngineSpec[Synthesizer] = EngineSpec(
    card=Card(
        name=NAME,
        stage="tts",
        kind="production",
        code_licence="MPL-2.0",
        weights_licence="CPML: no commercial use, of its speech neither",
        needs="sts-service[xtts], XTTS v2 (1.9 GB) and a GPU with 3 GB",
        rate_hz=RATE_HZ,
        speed_range=SPEED_RANGE,
    ),
    check=check,
    make=make,
)
