"""How much of each sound is heard, and the straight ramp from one such mixture to the next."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from media_service.mix.part import Operator, Play
from media_service.timeline.units import Sound


class Scene(NamedTuple):
    """Weights from 0 to 1. The original and the bed are the same sound and never exceed 1 together."""

    original: float
    bed: float
    """The original at the level that ducking gives it."""

    dub: float


ORIGINAL = Scene(1.0, 0.0, 0.0)
SILENCE = Scene(0.0, 0.0, 0.0)
DUB_ALONE = Scene(0.0, 0.0, 1.0)
DUB_OVER_BED = Scene(0.0, 1.0, 1.0)
BED_ALONE = Scene(0.0, 1.0, 0.0)


def scene_of(play: Play, operator: Operator, mode: Literal["replace", "duck"]) -> Scene:
    if operator == "original" or play is Play.ORIGINAL:
        return ORIGINAL
    if play is Play.SILENCE:
        return SILENCE
    if mode == "duck":
        return DUB_OVER_BED if operator == "dub" else BED_ALONE
    return DUB_ALONE if operator == "dub" else SILENCE


@dataclass(frozen=True)
class Fade:
    """Equal gain, not equal power: dub and original may be the same voice, even the same sound."""

    start: int
    """Lane samples; the last one that is wholly `before`."""

    end: int
    """Lane samples; the first one that is wholly `after`."""

    before: Scene
    after: Scene

    def at(self, position: int) -> Scene:
        if position >= self.end:
            return self.after
        share = (position - self.start) / (self.end - self.start)
        return Scene(*(a + (b - a) * share for a, b in zip(self.before, self.after, strict=True)))

    def over(self, start: int, end: int) -> list[float | Sound]:
        """Original, bed and dub for a span that lies wholly inside the fade or wholly after it.

        A weight that does not move is one number, any other an array of shape (n, 1).
        """
        if start >= self.end:
            return list(self.after)
        share = (np.arange(start, end) - self.start) / (self.end - self.start)
        column = share.astype(np.float32)[:, np.newaxis]
        return [
            a if a == b else (np.float32(a) + np.float32(b - a) * column)
            for a, b in zip(self.before, self.after, strict=True)
        ]
