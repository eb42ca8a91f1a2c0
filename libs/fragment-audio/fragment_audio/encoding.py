"""Samples to AAC-LC frames, by FFmpeg's encoder."""

import itertools
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.codec.context import Flags

from fragment_audio.resample import frame_of
from fragment_audio.samples import Samples
from fragment_audio.two_equal import as_stereo, stereo_config

_FAST = {"aac_coder": "fast"}
_PLAIN = {**_FAST, "aac_pns": "0", "aac_tns": "0"}
"""For one channel: a fifth faster, and what `two_equal` needs."""


@dataclass(frozen=True, slots=True)
class CodedFrame:
    data: bytes
    pts: int
    """In samples; an encoder's priming is before the sound."""
    duration: int
    """In samples; the last frame's ends with the sound."""


@dataclass(frozen=True, slots=True)
class CodedSound:
    config: bytes
    """AudioSpecificConfig."""
    rate_hz: int
    channels: int
    frames: tuple[CodedFrame, ...]


def coded(sound: Samples, *, rate_hz: int, bit_rate: int | None = None) -> CodedSound:
    """Two equal channels are encoded as one, and cost so much less. The first sample has PTS 0."""
    channels = sound.shape[1]
    rate = bit_rate or usual_bit_rate(rate_hz, channels)
    if channels == 2 and _are_equal(sound):
        one = _encoded(sound[:, :1], rate_hz, rate // 2)
        frames = tuple(CodedFrame(as_stereo(frame.data), frame.pts, frame.duration) for frame in one.frames)
        return CodedSound(stereo_config(one.config), rate_hz, 2, frames)
    return _encoded(sound, rate_hz, rate)


def _are_equal(sound: Samples) -> bool:
    """Of one voice spread over both sides by `broadcast_to`, the sides are the same memory."""
    return sound.strides[1] == 0 or np.array_equal(sound[:, 0], sound[:, 1])


def _encoded(sound: Samples, rate_hz: int, bit_rate: int) -> CodedSound:
    channels = sound.shape[1]
    codec = av.CodecContext.create("aac", "w")
    codec.sample_rate = rate_hz
    codec.format = "fltp"
    codec.layout = "mono" if channels == 1 else "stereo"
    codec.bit_rate = bit_rate
    codec.time_base = Fraction(1, rate_hz)
    codec.options = dict(_PLAIN if channels == 1 else _FAST)
    codec.thread_count = 1
    codec.flags |= int(Flags.bitexact)  # no frame tells who encoded it
    frame = frame_of(sound, rate_hz)
    frame.time_base = codec.time_base
    frame.pts = 0
    frames = tuple(
        CodedFrame(bytes(packet), packet.pts or 0, packet.duration or 0)
        for packet in itertools.chain(codec.encode(frame), codec.encode(None))
    )
    return CodedSound(bytes(codec.extradata or b""), rate_hz, channels, frames)


def usual_bit_rate(rate_hz: int, channels: int) -> int:
    """Bits per second: 64k a channel, less where the rate is so low that AAC could not use them."""
    return channels * min(64_000, 4 * rate_hz)
