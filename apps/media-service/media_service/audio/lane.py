"""Sound of any rate as the lane has it: 48 kHz, two channels.

Mono goes to both sides at full level. More than two channels are mixed down and may go over full scale, which
the mixer's limiter catches.
"""

import av
import numpy as np
import numpy.typing as npt
from fragment_audio.resample import resampled
from fragment_audio.samples import Samples

from media_service.timeline.units import RATE_HZ, Sound

_S16_FULL_SCALE = np.float32(1 / 32768)


def sound_of(frame: av.AudioFrame) -> Sound | None:
    """The frame's samples where they need no resampling and no mixing, else None."""
    channels = frame.layout.nb_channels
    if frame.sample_rate != RATE_HZ or channels > 2:
        return None
    kind = frame.format.name
    samples: npt.NDArray[np.float32]
    if kind == "fltp":
        # Plane by plane into its column: an array of planes would be a copy more.
        samples = np.empty((frame.samples, channels), np.float32)
        for number, plane in enumerate(frame.planes):
            # A plane is a buffer, which its stub does not say.
            samples[:, number] = np.frombuffer(plane, np.float32, frame.samples)  # type: ignore[call-overload]
    elif kind == "flt":
        samples = frame.to_ndarray().reshape(-1, channels).astype(np.float32, copy=False)
    elif kind == "s16":
        samples = frame.to_ndarray().reshape(-1, channels).astype(np.float32) * _S16_FULL_SCALE
    else:
        return None
    return both_sides(samples)


def both_sides(samples: Samples) -> Sound:
    """One or two columns as two, contiguous in memory."""
    if samples.shape[1] == 1:
        return np.repeat(samples, 2, axis=1)
    return np.ascontiguousarray(samples)


def to_lane(samples: Samples, rate_hz: int) -> Sound:
    """A whole piece at once, shape (n, 1) or (n, 2)."""
    return both_sides(resampled(samples, rate_hz, RATE_HZ))
