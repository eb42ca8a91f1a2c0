"""Loudness of a fragment, block by block, as EBU R128 measures it (libebur128)."""

import numpy as np
import numpy.typing as npt
import pyebur128  # type: ignore[import-untyped]

from media_service.timeline.units import CHANNELS, RATE_HZ, Sound

HOP_S = 0.1
"""Seconds from one block to the next; a block is 0.4 s long."""

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
NOTHING_LUFS = -np.inf

Loudness = npt.NDArray[np.float64]
"""LUFS of each block."""

_HOP = round(HOP_S * RATE_HZ)
_HOP_MS = round(HOP_S * 1000)
_BLOCK = np.full(4, 0.25)
"""A block's power is the mean of its hops'."""


def blocks_of(sound: Sound) -> Loudness:
    """Of each whole block that is not silence, in order.

    In short pieces, as the library keeps the interpreter's lock while it measures. Of each hop alone, as the
    library would go through every sample of a block again for each.
    """
    one_voice = np.array_equal(sound[:, 0], sound[:, 1])
    meter = pyebur128.R128State(1 if one_voice else CHANNELS, RATE_HZ, pyebur128.MeasurementMode.MODE_M)
    if one_voice:
        meter.set_channel(0, pyebur128.ChannelType.DUAL_MONO)
        sound = sound[:, :1]
    values = np.ascontiguousarray(sound, np.float32).reshape(-1)
    width = sound.shape[1]
    hops = []
    for hop in range(len(sound) // _HOP):
        meter.add_frames(values[hop * _HOP * width : (hop + 1) * _HOP * width], _HOP)
        hops.append(pyebur128.get_loudness_window(meter, _HOP_MS))
    power = 10 ** (np.array(hops, np.float64) / 10)
    blocks = np.convolve(power, _BLOCK, "valid") if len(power) >= len(_BLOCK) else power[:0]
    return 10 * np.log10(blocks[blocks > 10 ** (ABSOLUTE_GATE_LUFS / 10)])


def gated(blocks: Loudness) -> Loudness:
    """Those that count for the integrated loudness: pauses do not."""
    return blocks[blocks > _mean(blocks) + RELATIVE_GATE_LU] if len(blocks) else blocks


def integrated(blocks: Loudness) -> float:
    """LUFS."""
    return _mean(gated(blocks)) if len(blocks) else NOTHING_LUFS


def _mean(blocks: Loudness) -> float:
    return float(10 * np.log10(np.mean(10 ** (blocks / 10))))
