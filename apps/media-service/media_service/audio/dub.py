"""A dub as it came from the speech service becomes sound of the lane, exactly as long as its slot."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from fragment_audio import m4a
from fragment_audio.errors import UnreadableSound

from media_service.audio.lane import to_lane
from media_service.timeline.units import Sound

_LOUDEST = np.float32(4.0)
"""An encoder overshoots full scale a little; what is far over it is a broken frame, and cut to this."""


def read(
    data: bytes, *, format: Literal["m4a", "pcm_s16le"], rate_hz: int, channels: int, length: int
) -> Sound:
    """Exactly `length` lane samples, cut or padded with silence. An M4A's own rate and channels count, if
    they differ from what was said. Raises `UnreadableSound`.
    """
    if format == "m4a":
        samples, rate_hz = m4a.decode(data)
    elif format == "pcm_s16le":
        samples = _pcm(data, rate_hz, channels)
    else:
        raise UnreadableSound(f"a dub in {format!r}")
    sound = to_lane(samples, rate_hz)[:length]
    np.clip(sound, -_LOUDEST, _LOUDEST, out=sound)
    if len(sound) == length:
        return np.ascontiguousarray(sound)
    return np.concatenate([sound, np.zeros((length - len(sound), 2), np.float32)])


def _pcm(data: bytes, rate_hz: int, channels: int) -> npt.NDArray[np.float32]:
    if channels not in (1, 2) or not 1000 <= rate_hz <= 192_000:
        raise UnreadableSound(f"{channels} channels at {rate_hz} Hz are no speech")
    if len(data) % (2 * channels):
        raise UnreadableSound("PCM that ends within a sample")
    most = 2 * channels * m4a.LONGEST_S * rate_hz
    samples = np.frombuffer(data[:most], "<i2").reshape(-1, channels)
    return samples.astype(np.float32) / np.float32(32768)
