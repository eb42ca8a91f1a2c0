"""What a second of a stream's sound costs: the seconds that each resource worked on it. Pure.

Sound and work fade as more sound comes, so that time without sound teaches nothing, and needs no clock.
"""

from dataclasses import dataclass, field
from math import exp

FADE_S = 60.0
"""Of sound: so far back a stream's cost is remembered,"""
FADE_ALL_S = 240.0
"""and so far that of streams in general."""
USUAL_S = 12.0
"""Of a stream's sound: so much of its own outweighs what is usual."""
TRIED_S = 30.0
"""Of all streams' sound: so much outweighs a trial,"""
GUESSED_S = 6.0
"""and so much a guess."""
GUESS = 0.6
"""Seconds of work for a second of sound: as slow as an engine may be that keeps up."""


@dataclass(slots=True)
class Learned:
    """Sound, and the work on it."""

    fade_s: float
    sound_s: float = 0.0
    work_s: dict[str, float] = field(default_factory=dict)

    def heard(self, seconds: float) -> None:
        rest = exp(-seconds / self.fade_s)
        self.sound_s = self.sound_s * rest + seconds
        for name in self.work_s:
            self.work_s[name] *= rest

    def worked(self, name: str, seconds: float) -> None:
        self.work_s[name] = self.work_s.get(name, 0.0) + seconds

    def cost(self, name: str, first: float, weight_s: float) -> float:
        """Seconds of work for a second of sound."""
        return (self.work_s.get(name, 0.0) + first * weight_s) / (self.sound_s + weight_s)
