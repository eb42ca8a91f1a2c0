"""Where one output ends and the next one goes on."""

from dataclasses import dataclass

from fragment_audio.format import FRAME_LENGTH

from media_service.timeline.units import samples_of

WARM_UP = 12
"""Frames: so much sound an encoder has had when the first of its frames goes out."""


@dataclass(frozen=True)
class Joint:
    media_ns: int
    """when the first picture of the next output is to be decoded, by the own media time"""
    stamp_ns: int
    """its stamp, as the other end sees it"""
    sound_ns: int
    """from it to the first frame of sound of the next output"""

    def warm_up_at(self, priming: int) -> int:
        """The lane sample from which the next output's encoder is fed: its frames are to begin where those
        of the one before it ended. `priming`: samples by which its sound comes late.
        """
        return samples_of(self.media_ns + self.sound_ns) + priming - WARM_UP * FRAME_LENGTH
