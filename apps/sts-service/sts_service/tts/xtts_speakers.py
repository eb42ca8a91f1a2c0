"""Whom XTTS speaks like: the latents of a recording, worked out once, or a speaker of the model's own."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from dubbing_protocol import ErrorCode

from sts_service.engines import EngineError
from sts_service.tts import Voice
from sts_service.tts.recording import Unreadable, read_recording

_MOST = 32
"""Recordings that are remembered."""


class Speakers:
    def __init__(self, model: Any, torch: Any) -> None:
        self._model = model
        self._torch = torch
        self._heard: OrderedDict[object, tuple[Any, Any]] = OrderedDict()

    def latents(self, voice: Voice) -> tuple[Any, Any]:
        """The condition and the embedding. Raises `EngineError` where the voice cannot be had."""
        sample = voice.get("speaker_wav")
        if sample is None:
            return self._own(voice.get("speaker"))
        path = Path(str(sample))
        try:
            about = path.stat()
            key = (path, about.st_mtime_ns, about.st_size)
            if key not in self._heard:
                self._heard[key] = self._listen(*read_recording(path))
        except (OSError, Unreadable) as error:
            raise EngineError(ErrorCode.SYNTHESIS_FAILED, "the voice's recording cannot be read") from error
        self._heard.move_to_end(key)
        if len(self._heard) > _MOST:
            self._heard.popitem(last=False)
        return self._heard[key]

    def _listen(self, samples: npt.NDArray[np.float32], rate_hz: int) -> tuple[Any, Any]:
        config = self._model.config
        sound = self._torch.from_numpy(samples[None, : config.max_ref_len * rate_hz])
        condition = self._model.get_gpt_cond_latents(
            sound, rate_hz, length=config.gpt_cond_len, chunk_length=config.gpt_cond_chunk_len
        )
        return condition, self._model.get_speaker_embedding(sound, rate_hz)

    def _own(self, name: str | None) -> tuple[Any, Any]:
        manager = self._model.speaker_manager
        own = {} if manager is None else manager.speakers
        if name is None and own:
            name = next(iter(own))
        if name not in own:
            raise EngineError(
                ErrorCode.SYNTHESIS_FAILED, "the voice names no speaker_wav and no speaker of XTTS's"
            )
        said = own[name]
        return said["gpt_cond_latent"], said["speaker_embedding"]

    def forget(self) -> None:
        """Gives their memory back."""
        self._heard.clear()
