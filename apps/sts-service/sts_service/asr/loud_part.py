"""Where the sound is, between the silence before and after it."""

from typing import Final

import numpy as np

from sts_service.asr import Samples

_FRAME_S: Final = 0.02
_MARGIN_S: Final = 0.25
_UNDER_LOUDEST: Final = 10 ** (-35 / 20)
"""What is softer than the loudest frame by more than 35 dB is taken for silence."""
_SILENCE: Final = 1e-3
"""A peak under -60 dBFS is no speech."""


def loud_part(samples: Samples, rate_hz: int) -> range | None:
    """The samples from the first to the last loud frame with a margin, None where all is silent.

    A recogniser that evens out its features over the whole utterance makes twice the errors when most of it
    is the faint noise of a pause.
    """
    size = round(_FRAME_S * rate_hz)
    if np.abs(samples).max(initial=0) < _SILENCE:
        return None
    padded = np.append(samples, np.zeros(-len(samples) % size, np.float32))
    levels = np.sqrt(np.mean(np.square(padded.reshape(-1, size), dtype=np.float64), axis=1))
    loud = np.flatnonzero(levels > levels.max() * _UNDER_LOUDEST)
    margin = round(_MARGIN_S * rate_hz)
    first, last = int(loud[0]) * size, (int(loud[-1]) + 1) * size
    return range(max(0, first - margin), min(len(samples), last + margin))
