"""The test picture: a drift of colour, the clock, a hand that turns, the current sentence, the frame code."""

import math

import numpy as np
import numpy.typing as npt
from media_service.testmedia import strip

from livedub.demo.lettering import Mask, clock_face, lettering, wrapped
from livedub.demo.programs import BOLD
from livedub.demo.schedule import clock_text

WIDTH, HEIGHT, FPS = 960, 540, 25
CLOCK_SIZE = 84
SENTENCE_SIZE, SENTENCE_COLUMNS = 36, 38
MARGIN = 48
_PANEL_TOP, _PANEL_HEIGHT = 336, 140
_TURN_S = 24.0
"""Of the colours."""
_DIAL, _DIAL_TOP, _DIAL_TURN_S = 216, 56, 4.0
_DIM = 0.6

Planes = npt.NDArray[np.uint8]


def sentence(text: str) -> Mask:
    """For `Painter.frame`. Takes a tenth of a second."""
    return lettering(
        wrapped(text, SENTENCE_COLUMNS), WIDTH - 2 * MARGIN, _PANEL_HEIGHT, size=SENTENCE_SIZE, face=BOLD
    )


class Painter:
    """Gives yuv420p planes, one above the other as `av.VideoFrame.from_ndarray` wants them."""

    def __init__(self) -> None:
        width = WIDTH - 2 * MARGIN - _DIAL
        self._title = _dimmed(lettering("livedub demo  ·  generated programme", width, 40, size=24))
        note = "The strip below is a frame code: the demo's self-check reads it."
        self._note = _dimmed(lettering(note, width, 24, size=14))
        around = np.arange(2 * WIDTH) * (2 * math.pi / WIDTH)
        down = np.arange(HEIGHT)[:, None] / HEIGHT
        # Twice as wide as the picture: a window that slides over it turns without a seam.
        self._backdrop = (32 + 50 * (0.5 + 0.5 * np.sin(around)) * (1 - down) ** 1.5).astype(np.uint8)
        self._backdrop[_PANEL_TOP : _PANEL_TOP + _PANEL_HEIGHT] = 28
        wide, colour = around[::2], (HEIGHT // 2, WIDTH)
        self._blue = np.broadcast_to(136 + 14 * np.sin(wide), colour).astype(np.uint8)
        self._red = np.broadcast_to(122 + 10 * np.sin(wide + 2.2), colour).astype(np.uint8)
        self._foot = strip.top(HEIGHT, WIDTH) // 2
        self._dial = _Dial()

    def frame(self, number: int, at_s: float, unix_s: float, words: Mask | None) -> Planes:
        planes = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
        luma = planes[:HEIGHT]
        chroma = planes[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
        turn = int(at_s / _TURN_S * WIDTH) % WIDTH // 2 * 2
        luma[:] = self._backdrop[:, turn : turn + WIDTH]
        for plane, colours in zip(chroma, (self._blue, self._red), strict=True):
            plane[:] = colours[:, turn // 2 : turn // 2 + WIDTH // 2]
            plane[self._foot :] = 128
        _lay(luma, self._title, MARGIN, 48)
        _lay(luma, clock_face(clock_text(unix_s), CLOCK_SIZE), MARGIN, 112)
        _lay(luma, self._dial.at(at_s), WIDTH - MARGIN - _DIAL, _DIAL_TOP)
        if words is not None:
            _lay(luma, words, MARGIN, _PANEL_TOP)
        strip.draw(luma, strip.Mark(number, int(at_s)))
        _lay(luma, self._note, MARGIN, _PANEL_TOP + _PANEL_HEIGHT + 1)
        return planes


class _Dial:
    """A hand with an afterglow: whether a picture moves smoothly is seen at once."""

    def __init__(self) -> None:
        middle = (_DIAL - 1) / 2
        y, x = np.mgrid[:_DIAL, :_DIAL] - middle
        self._angle = (np.arctan2(x, -y) / (2 * math.pi) * 256).astype(np.int64).astype(np.uint8)
        radius = np.hypot(x, y)
        self._inside = radius < middle - 4
        self._rim = np.where(np.abs(radius - middle + 2) < 1.5, np.uint8(150), np.uint8(0))
        back = np.arange(256) / 256
        self._glow = (200 * np.exp(-back * 5)).astype(np.uint8)

    def at(self, at_s: float) -> Mask:
        hand = np.uint8(int(at_s / _DIAL_TURN_S * 256) % 256)
        return np.where(self._inside, self._glow[hand - self._angle], self._rim)


def _dimmed(mask: Mask) -> Mask:
    return (mask * _DIM).astype(np.uint8)


def _lay(luma: strip.Luma, light: Mask, left: int, top: int) -> None:
    """Light over a dark ground: the brighter of the two."""
    height, width = light.shape
    under = luma[top : top + height, left : left + width]
    np.maximum(under, np.minimum(light[: len(under)], strip.WHITE), out=under)
