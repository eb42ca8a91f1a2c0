"""A fragment's sound, decoded. Blocking: for a thread."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from dubbing_protocol import Audio, FragmentData

from sts_service.asr import RATE_HZ, Samples
from sts_service.audio import Clip, mono_16k, read, write
from sts_service.full.speech import quiet_at_end_s

_JITTER_NS = 50_000_000
"""By which the times of two fragments that follow each other may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    clip: Clip
    heard: Samples
    """Mono, 16 kHz."""
    quiet_s: float
    """For how long it has been quiet at the end."""
    digest: int
    """Of what was heard: a retry brings the same."""
    pts_ns: int | None
    """Stream time of the first sample, where the worker tells it."""

    @property
    def duration_s(self) -> float:
        return len(self.heard) / RATE_HZ

    @property
    def end_ns(self) -> int | None:
        return None if self.pts_ns is None else self.pts_ns + round(self.clip.duration_s * 1e9)


def follow(end_ns: int | None, begin_ns: int | None) -> bool:
    """Whether one begins where another ended; assumed where the worker tells no times."""
    return end_ns is None or begin_ns is None or abs(begin_ns - end_ns) <= _JITTER_NS


def piece_of(fragment: FragmentData) -> Piece:
    """Raises `UnreadableSound`."""
    clip = read(fragment.audio)
    heard = mono_16k(clip)
    pts_ns = fragment.metadata.pts_ns if fragment.metadata else None
    return Piece(
        clip=clip,
        heard=heard,
        quiet_s=quiet_at_end_s(heard),
        digest=crc32(heard.tobytes()),
        pts_ns=pts_ns,
    )


def silence(like: Audio, length: int) -> Audio:
    return write(np.zeros(length, np.float32), like, length)


def without_extras(audio: Audio) -> Audio:
    """The audio alone: what else a client put beside it is not sent back."""
    return Audio.model_construct(**{name: getattr(audio, name) for name in Audio.model_fields})
