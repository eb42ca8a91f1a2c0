"""What a test programme holds: a flash and a beep at the same instant each second, over quiet speech."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

FLASH_FRAMES = 2
BEEP_HZ = 1000
BEEP_S = 0.040
BEEP_EDGE_S = 0.003
"""Raised cosine, so that no beep is a click. The beep begins with the edge's first sample."""

CODE_STARTS_S = 0.060
CODE_S = 0.080
LOW_CODES_HZ = tuple(range(1500, 3100, 100))
HIGH_CODES_HZ = tuple(range(3200, 4800, 100))
"""Two tones after each beep say which second it is, modulo 256."""


@dataclass(frozen=True)
class Programme:
    """One file's worth. Times are the programme's own, from 0, whatever PTS they are written with."""

    duration_s: float = 10.0

    width: int = 640
    height: int = 360
    fps: Fraction = Fraction(30)
    variable_rate: bool = False
    """About every fourth frame is left out, never one of a flash."""
    video: str | None = "h264"
    """h264, h265 or None"""
    b_frames: int = 2
    gop_s: float = 2.0
    video_bit_rate: int = 800_000
    constant_bit_rate: bool = False

    audio: str | None = "aac"
    """aac, opus, mp3, mp2, ac3, eac3, pcm_s16le, pcm_alaw, pcm_mulaw or None"""
    rate_hz: int = 48_000
    channels: int = 2
    audio_bit_rate: int = 256_000
    """libavcodec's AAC encoder at 128 kbit/s makes clicks of its own, some 6 a minute from these tones."""
    coded: bool = True
    """Each beep is followed by the tones that number it."""
    speech_dbfs: float = -26.0
    """RMS of the voice while it speaks; -inf for none."""
    room_dbfs: float = -50.0
    """RMS of the noise beneath, so that a pause in the voice is not silence; -inf for none."""
    beep_dbfs: float = -12.0
    audio_late_ms: float = 0.0
    """A lip-sync error made on purpose."""

    first_pts_s: float = 0.0
    """PTS of the programme's instant 0, as for one who joins late."""
    jump_at_s: float | None = None
    jump_s: float = 0.0
    """From `jump_at_s` on the PTS of both tracks are this much later (or earlier: flv and ts only)."""
    audio_hole_s: tuple[float, float] | None = None
    video_hole_s: tuple[float, float] | None = None
    """From, to: nothing of this track is sent."""
    resize_at_s: float | None = None
    resize_to: tuple[int, int] = (480, 270)

    def frames(self) -> Iterator[int]:
        """The numbers of the frames that are shown; frame n belongs at n / fps."""
        for number in range(ceil(self.duration_s * self.fps)):
            if self.variable_rate and number * 7 % 15 < 4 and self.flash_of(number) is None and number:
                continue
            if not within(Fraction(number) / self.fps, self.video_hole_s):
                yield number

    def second_of(self, number: int) -> int:
        """The full second that frame `number` belongs to."""
        return int(Fraction(number) / self.fps)

    def flash_of(self, number: int) -> int | None:
        """The second whose flash frame `number` shows."""
        second = self.second_of(number)
        first = self.flash_frame(second)
        return second if second >= 1 and first <= number < first + FLASH_FRAMES else None

    def flash_frame(self, second: int) -> int:
        return ceil(second * self.fps)

    def beeps(self) -> Iterator[tuple[int, float]]:
        """(second, when it begins): the instant at which the flash's first frame is shown."""
        for second in range(1, ceil(self.duration_s)):
            yield second, float(self.flash_frame(second) / self.fps)


def within(instant_s: float | Fraction, span_s: tuple[float, float] | None) -> bool:
    return span_s is not None and span_s[0] <= instant_s < span_s[1]


def code_hz(second: int) -> tuple[int, int]:
    return LOW_CODES_HZ[second % 16], HIGH_CODES_HZ[second // 16 % 16]
