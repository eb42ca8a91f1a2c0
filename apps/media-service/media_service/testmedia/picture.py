"""Draws the frames: a moving texture, white in a flash, with the strip and the number in digits."""

import numpy as np
import numpy.typing as npt

from media_service.testmedia import strip

Planes = npt.NDArray[np.uint8]

FLASH = 250
_DIGITS = (
    *("111101101101111", "010110010010111", "111001111100111", "111001111001111", "101101111001001"),
    *("111100111001111", "111100111101111", "111001010010010", "111101111101111", "111101111001111"),
)
"""Three by five, row by row."""


class Painter:
    """Gives yuv420p planes, one above the other as `av.VideoFrame.from_ndarray` wants them."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        noise = np.random.default_rng(7)
        coarse = noise.integers(40, 190, (height // 16 + 9, width // 16 + 9), dtype=np.uint8)
        grain = noise.integers(0, 12, (height + 128, width + 128), dtype=np.uint8)
        self._texture = coarse.repeat(16, 0).repeat(16, 1)[: height + 128, : width + 128] + grain

    def frame(self, number: int, second: int, flash: bool) -> Planes:
        planes = np.empty((self.height * 3 // 2, self.width), np.uint8)
        luma = planes[: self.height]
        x, y = number * 2 % 128, number % 128
        luma[:] = FLASH if flash else self._texture[y : y + self.height, x : x + self.width]
        planes[self.height :] = 128
        _write(luma, number)
        strip.draw(luma, strip.Mark(number, second))
        return planes


def _write(luma: strip.Luma, number: int) -> None:
    dot = max(2, luma.shape[1] // 160)
    luma[dot : dot * 9, dot : dot * 28] = strip.BLACK
    for place, digit in enumerate(f"{number:06d}"):
        for index, lit in enumerate(_DIGITS[int(digit)]):
            if lit == "1":
                above, left = dot * (2 + index // 3), dot * (2 + place * 4 + index % 3)
                luma[above : above + dot, left : left + dot] = strip.WHITE
