"""Where a fragment's sound lies in its slot. A fragment of the source's own packets is a whole number of them
long, and a hole is not: what comes after the hole would lie up to half a packet off.
"""

from collections.abc import Sequence

import numpy as np

from media_service.timeline.lane import stretched
from media_service.timeline.units import CHANNELS, MS_NS, Sound, samples_of

Anchors = tuple[tuple[int, int], ...]
"""A sample of the fragment, at the lane's rate, and of the slot from its begin; between two it is even."""
EVEN = samples_of(MS_NS)
"""Packets that lie this near to one after the other follow a drift; beyond it there is a hole."""


def anchors_of(starts: Sequence[tuple[int, int]], width: float, length: int) -> Anchors:
    """`starts`: of each packet its number in the fragment and where it lies in the slot; `width`: of one, in
    lane samples. The slot's begin and end are not among the anchors.
    """
    found: list[tuple[int, int]] = []
    after, off = 0, 0.0
    for number, at in starts:
        if abs(at - number * width - off) > EVEN:
            found += [(round(after * width), round(after * width + off)), (round(number * width), at)]
        after, off = number + 1, at - number * width
    inside = [(mine, min(max(0, slot), length)) for mine, slot in found]
    return tuple(inside)


def laid_out(dub: Sound, anchors: Anchors, length: int) -> Sound:
    """A dub as long as its fragment, as long as its slot."""
    pieces: list[Sound] = []
    begin, at = 0, 0
    for end, to in (*anchors, (len(dub), length)):
        end, to = max(begin, min(end, len(dub))), max(at, to)
        pieces.append(_fitted(dub[begin:end], to - at))
        begin, at = end, to
    return np.concatenate(pieces)


def _fitted(sound: Sound, length: int) -> Sound:
    if len(sound) < 2 or length < 2:
        return np.zeros((length, CHANNELS), np.float32)
    return stretched(sound, length)
