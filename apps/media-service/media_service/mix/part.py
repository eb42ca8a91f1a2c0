"""What the mixer is told: one slot's decision, the settings, and what the operator has chosen."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from media_service.timeline.units import CHANNELS, Sound

CEILING_DBTP = -2.0
"""dBTP. A decibel under what the output promises, for the overshoots that AAC at 128 kbit/s adds."""

Operator = Literal["dub", "original", "mute"]
"""
`dub`: each slot as it was decided.
`original`: the original at full level, whatever was decided.
`mute`: the dub is not heard, and nothing is brought up in its place: where a slot plays the dub, `replace`
has silence and `duck` the bed alone, lowered as the dub would have lowered it. Slots that play the original
stay.
"""


class Play(Enum):
    ORIGINAL = "original"
    DUB = "dub"
    SILENCE = "silence"


@dataclass(frozen=True, eq=False)
class Part:
    """One slot, decided."""

    start: int
    """Lane samples."""

    end: int
    """Lane samples, past the last one."""

    play: Play

    dub: Sound | None
    """`end - start` samples, its level matched to the original's; never None where `play` is `DUB`."""

    speech: tuple[tuple[int, int], ...] = ()
    """From, to in lane samples: where the dub or the source's own voice speaks."""

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a part of {self.end - self.start} samples")
        if self.dub is None and self.play is Play.DUB:
            raise ValueError("a dubbed part without a dub")
        if self.dub is not None and self.dub.shape != (self.end - self.start, CHANNELS):
            raise ValueError(f"a dub of shape {self.dub.shape} for {self.end - self.start} samples")


@dataclass(frozen=True)
class MixSettings:
    mode: Literal["replace", "duck"] = "replace"
    duck_db: float = 18.0
    """dB by which the original is lowered under speech."""

    crossfade_ms: int = 10
    attack_ms: int = 80
    """From full to lowered; begun that long before the speech where the part lets it."""

    release_ms: int = 400
    """From lowered back to full."""

    hold_ms: int = 300
    """A shorter gap in the speech does not bring the original up."""

    ceiling_dbtp: float = CEILING_DBTP
