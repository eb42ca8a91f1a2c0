"""Any rate and channel count to 48 kHz stereo, without a shift in time.

FFmpeg's resampler starts half a filter early (it mirrors the first samples) and, flushed, ends half a filter
late: output sample k lies exactly at k / 48000 s after input sample 0, and what it still holds back is only
missing, not delayed. Mono goes to both sides at full level. More channels are mixed down by FFmpeg's matrix,
not normalised: a loud surround mix may go over full scale, which the mixer's limiter catches.
"""

import av
import numpy as np
import numpy.typing as npt

from media_service.timeline.units import RATE_HZ, SECOND_NS, Sound

_S16_FULL_SCALE = np.float32(1 / 32768)
_BLOCK = 4096


def sound_of(frame: av.AudioFrame) -> Sound | None:
    """The frame's samples where they need no resampling and no mixing, else None."""
    channels = frame.layout.nb_channels
    if frame.sample_rate != RATE_HZ or channels > 2:
        return None
    kind = frame.format.name
    samples: npt.NDArray[np.float32]
    if kind == "fltp":
        samples = frame.to_ndarray().T.astype(np.float32, copy=False)
    elif kind == "flt":
        samples = frame.to_ndarray().reshape(-1, channels).astype(np.float32, copy=False)
    elif kind == "s16":
        samples = frame.to_ndarray().reshape(-1, channels).astype(np.float32) * _S16_FULL_SCALE
    else:
        return None
    return both_sides(samples)


def both_sides(samples: npt.NDArray[np.float32]) -> Sound:
    """One or two columns as two, contiguous in memory."""
    if samples.shape[1] == 1:
        return np.repeat(samples, 2, axis=1)
    return np.ascontiguousarray(samples)


class Resampler:
    """One run of contiguous sound of one rate, channel count and sample format."""

    def __init__(self, rate_hz: int, channels: int, *, to_hz: int = RATE_HZ) -> None:
        self._rate_hz = rate_hz
        self._to_hz = to_hz
        layout = "mono" if channels == 1 else "stereo"
        self._swr = av.AudioResampler("fltp", layout, to_hz)
        self._taken = 0
        self._given = 0

    def push(self, frame: av.AudioFrame) -> Sound:
        frame.pts = None  # the samples are counted here
        sound = self._sound(self._swr.resample(frame))
        self._taken += frame.samples
        self._given += len(sound)
        return sound

    def rest(self) -> Sound:
        """What was held back; the run is over."""
        sound = self._sound(self._swr.resample(None))
        self._given += len(sound)
        return sound

    @property
    def lag_ns(self) -> int:
        """How far the end of what was given lies behind the end of what was taken."""
        behind = self._taken * self._to_hz - self._given * self._rate_hz
        return behind * SECOND_NS // (self._to_hz * self._rate_hz)

    def _sound(self, frames: list[av.AudioFrame]) -> Sound:
        if not frames:
            return np.zeros((0, 2), np.float32)
        parts = [frame.to_ndarray() for frame in frames]
        planes = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        return both_sides(planes.T.astype(np.float32, copy=False))


def frame_of(samples: npt.NDArray[np.float32], rate_hz: int) -> av.AudioFrame:
    """Shape (n, 1) or (n, 2)."""
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    planes = np.ascontiguousarray(samples.T, dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
    frame.sample_rate = rate_hz
    return frame


def to_lane(samples: npt.NDArray[np.float32], rate_hz: int) -> Sound:
    """A whole piece at once, shape (n, 1) or (n, 2)."""
    if rate_hz == RATE_HZ or len(samples) == 0:
        return both_sides(samples)
    resampler = Resampler(rate_hz, samples.shape[1])
    # Piece by piece is six times as fast as all at once: it stays in the processor's cache.
    blocks = range(0, len(samples), _BLOCK)
    pieces = [resampler.push(frame_of(samples[at : at + _BLOCK], rate_hz)) for at in blocks]
    return np.concatenate([*pieces, resampler.rest()])
