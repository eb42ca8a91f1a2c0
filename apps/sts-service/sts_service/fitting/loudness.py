"""A dub as loud as what it replaces (EBU R128, by libebur128), its true peak under the ceiling."""

import numpy as np
import numpy.typing as npt
import pyebur128  # type: ignore[import-untyped]
from fragment_audio.limiter import limited

from sts_service.audio.clip import Mono

CEILING_DBTP = -1.0
MAX_GAIN_DB = 40.0
"""Up or down: what would need more is no voice."""
_SHORTEST_S = 0.4
"""A block of the measurement; what is shorter is measured as if it went on."""
_PIECE_S = 0.1
_HEARD_DB = 0.3
_SMALL_SIDE = 0.005
"""Of the middle's power: with it goes 0.02 dB, and little more where it is shrill."""


def loudness_lufs(samples: npt.NDArray[np.float32], rate_hz: int) -> float | None:
    """Of speech, shape (n,) or (n, channels), pauses not counted; None for silence.

    Of several channels it is what one voice on all of them must have in each: a dub of this loudness is as
    loud as the source once it is on the source's channels.
    """
    sound = samples[:, np.newaxis] if samples.ndim == 1 else _without_small_side(samples)
    length, channels = sound.shape
    if length == 0:
        return None
    shortest = round(_SHORTEST_S * rate_hz) + 1
    if length < shortest:
        sound = np.tile(sound, (-(-shortest // length), 1))
    meter = pyebur128.R128State(channels, rate_hz, pyebur128.MeasurementMode.MODE_I)
    values = np.ascontiguousarray(sound, np.float32).reshape(-1)
    # The library keeps the interpreter's lock while it measures, so it gets short pieces.
    piece = round(_PIECE_S * rate_hz) * channels
    for at in range(0, len(values), piece):
        part = values[at : at + piece]
        meter.add_frames(part, len(part) // channels)
    lufs = float(pyebur128.get_loudness_global(meter))
    return lufs - 10 * float(np.log10(channels)) if np.isfinite(lufs) else None


def _without_small_side(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The middle alone, at half the cost, where the sides hardly differ, as those of a voice do."""
    if sound.shape[1] != 2:
        return sound
    left, right = sound[:, 0], sound[:, 1]
    middle, side = (left + right) * np.float32(0.5), (left - right) * np.float32(0.5)
    hardly = np.dot(side, side) <= _SMALL_SIDE * np.dot(middle, middle)
    return middle[:, np.newaxis] if hardly else sound


def gain_db(dub: Mono, rate_hz: int, wanted_lufs: float | None) -> float:
    """What makes a dub as loud as wanted; at any rate, the synthesiser's own being the cheapest."""
    own = None if wanted_lufs is None else loudness_lufs(dub, rate_hz)
    if own is None or wanted_lufs is None:
        return 0.0
    return float(np.clip(wanted_lufs - own, -MAX_GAIN_DB, MAX_GAIN_DB))


def louder(dub: Mono, rate_hz: int, gain_db: float) -> Mono:
    """By so much, its true peak under the ceiling. What the limiter takes away in level is given back as far
    as it can be: peaks come down, the voice does not.
    """
    wanted = _scaled(dub, gain_db)
    result = _limited(wanted, rate_hz)
    if result is wanted:
        return result
    lost_db = _power_db(wanted) - _power_db(result)
    return _limited(_scaled(dub, gain_db + 1.5 * lost_db), rate_hz) if lost_db > _HEARD_DB else result


def _limited(dub: Mono, rate_hz: int) -> Mono:
    column = dub[:, np.newaxis]
    result = limited(column, CEILING_DBTP, rate_hz=rate_hz)
    return dub if result is column else result[:, 0]


def _scaled(dub: Mono, gain_db: float) -> Mono:
    return dub * np.float32(10 ** (gain_db / 20))


def _power_db(sound: Mono) -> float:
    return 10 * float(np.log10(np.dot(sound, sound) + 1e-20))
