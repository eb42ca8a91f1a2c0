"""A frame of silence in a stream's own AAC, to fill a lane of packets that is copied, not encoded."""

import functools
from fractions import Fraction

import av
import numpy as np
from fragment_audio.format import FRAME_LENGTH, AudioFormat
from fragment_audio.resample import frame_of

_STEADY = 3
"""By this frame an encoder's state no longer changes."""


def silent_frame(format: AudioFormat) -> bytes:
    """One AAC-LC frame; played again and again it is silence, after one frame of the old sound's fading
    overlap.
    """
    config = format.aac_config
    if config is None or not format.is_aac_lc or config.channels not in (1, 2):
        raise ValueError(f"no silence in {format.codec} with {format.channels} channels")
    return _encoded(config.rate_hz, config.channels)


@functools.cache
def _encoded(rate_hz: int, channels: int) -> bytes:
    codec = av.CodecContext.create("aac", "w")
    codec.sample_rate = rate_hz
    codec.format = "fltp"
    codec.layout = "mono" if channels == 1 else "stereo"
    codec.time_base = Fraction(1, rate_hz)
    frame = frame_of(np.zeros((FRAME_LENGTH * (_STEADY + 2), channels), np.float32), rate_hz)
    frame.pts = 0
    frame.time_base = codec.time_base
    return bytes(codec.encode(frame)[_STEADY])
