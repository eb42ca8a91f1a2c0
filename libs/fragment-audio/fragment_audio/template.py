"""A track of AAC for FFmpeg's muxers, which take its own configuration afterwards."""

import functools
import io

import av
import numpy as np

from fragment_audio.encoding import coded
from fragment_audio.format import FRAME_LENGTH


@functools.cache
def aac_template() -> av.AudioStream:
    """A stream that the muxer takes for AAC without opening an encoder: any frame behind an ADTS header."""
    one = coded(np.zeros((FRAME_LENGTH, 1), np.float32), rate_hz=48_000).frames[0].data
    size = 7 + len(one)
    header = bytes([0xFF, 0xF1, 0x4C, 0x40 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 0x1F, 0xFC])
    with io.BytesIO(3 * (header + one)) as file:
        return av.open(file, format="aac").streams.audio[0]
