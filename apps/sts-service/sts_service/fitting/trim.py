"""Where speech begins and ends in what a synthesiser gave, and edges that do not click."""

import numpy as np

from sts_service.audio.clip import Mono

FADE_S = 0.005
_QUIET_DB = -45.0
"""Under the loudest 5 ms; a voice's softest consonants are above it."""
_NOTHING = 1e-4
"""-80 dB of full scale: whatever is below is no speech."""


def trimmed(samples: Mono, rate_hz: int) -> Mono:
    """Without the silence before and after, but for a fade's length of each; empty where all is silence."""
    width = max(1, round(FADE_S * rate_hz))
    windows = -(-len(samples) // width)
    if windows == 0:
        return samples
    powers = np.add.reduceat(np.square(samples, dtype=np.float64), np.arange(windows) * width) / width
    levels = np.sqrt(powers)
    heard = np.flatnonzero(levels > max(levels.max() * 10 ** (_QUIET_DB / 20), _NOTHING))
    if len(heard) == 0:
        return samples[:0]
    return samples[max(0, int(heard[0]) - 1) * width : (int(heard[-1]) + 2) * width]


def faded(samples: Mono, rate_hz: int) -> Mono:
    """With 5 ms from silence and 5 ms to it; a copy."""
    width = min(round(FADE_S * rate_hz), len(samples) // 2)
    result = samples.copy()
    if width:
        ramp = (np.arange(width, dtype=np.float32) / np.float32(width)).astype(np.float32)
        result[:width] *= ramp
        result[len(result) - width :] *= ramp[::-1]
    elif len(result):
        result[:] = 0.0
    return result
