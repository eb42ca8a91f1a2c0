"""Where a dub speaks, by its level alone: a synthetic voice has silence around it."""

import numpy as np

from media_service.mix.duck import joined
from media_service.timeline.units import CHANNELS, MS_NS, Sound, samples_of

FRAME = samples_of(20 * MS_NS)
"""Samples that are judged together."""

QUIETEST_DBFS = -50.0
BELOW_LOUD_DB = 30.0
"""A frame speaks when it is over the quietest level and not further under the dub's loud frames than this."""

LOUD_SHARE = 0.95
"""The share of frames that are no louder than the loud ones."""

SHORTEST_GAP = samples_of(100 * MS_NS)
SHORTEST_SPAN = samples_of(60 * MS_NS)
"""Samples. A shorter gap is a stop consonant, a shorter span a click."""


def speech_of(dub: Sound, start: int) -> tuple[tuple[int, int], ...]:
    """From, to in lane samples, of a dub whose first sample is at `start`."""
    frames = -(-len(dub) // FRAME)
    if frames == 0:
        return ()
    whole = np.zeros((frames * FRAME, CHANNELS), np.float32)
    whole[: len(dub)] = dub
    values = whole.reshape(frames, -1)
    power = np.einsum("ij,ij->i", values, values) / values.shape[1]
    level_db = 10 * np.log10(power + np.finfo(np.float32).tiny)
    threshold_db = max(QUIETEST_DBFS, float(np.quantile(level_db, LOUD_SHARE)) - BELOW_LOUD_DB)
    speaks = np.concatenate(([False], level_db > threshold_db, [False]))
    edges = np.flatnonzero(speaks[1:] != speaks[:-1])
    spans = [(int(first) * FRAME, int(last) * FRAME) for first, last in edges.reshape(-1, 2)]
    return tuple(
        (start + first, start + min(last, len(dub)))
        for first, last in joined(spans, SHORTEST_GAP)
        if last - first >= SHORTEST_SPAN
    )
