"""The strip at the foot of the picture from which a machine reads which frame it sees.

32 cells, black or white, first the lowest bit: 20 bits of frame number, 8 of the second, 4 of check sum.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NUMBER_BITS, SECOND_BITS, CHECK_BITS = 20, 8, 4
CELLS = NUMBER_BITS + SECOND_BITS + CHECK_BITS
BLACK, WHITE = 16, 235

Luma = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Mark:
    number: int
    second: int
    """modulo 256"""


def top(height: int, width: int) -> int:
    """The first line that belongs to the strip and its black margin."""
    return height - _cell(width) - 8


def draw(luma: Luma, mark: Mark) -> None:
    height, width = luma.shape
    side, above = _cell(width), top(height, width)
    luma[above:, :] = BLACK
    value = mark.number % 2**NUMBER_BITS | mark.second % 2**SECOND_BITS << NUMBER_BITS
    value |= _check(value) << NUMBER_BITS + SECOND_BITS
    for cell in range(CELLS):
        if value >> cell & 1:
            luma[above + 4 : above + 4 + side, side * (cell + 1) : side * (cell + 2)] = WHITE


def read(luma: Luma) -> Mark | None:
    """None when this picture has no strip, or one too damaged to trust."""
    height, width = luma.shape
    side, above = _cell(width), top(height, width)
    quarter = side // 4
    rows = luma[above + 4 + quarter : above + 4 + side - quarter]
    value = 0
    for cell in range(CELLS):
        left = side * (cell + 1)
        value |= int(rows[:, left + quarter : left + side - quarter].mean() > 128) << cell
    payload, check = value % 2 ** (NUMBER_BITS + SECOND_BITS), value >> NUMBER_BITS + SECOND_BITS
    if check != _check(payload):
        return None
    return Mark(payload % 2**NUMBER_BITS, payload >> NUMBER_BITS)


def _cell(width: int) -> int:
    return width // (CELLS + 2)


def _check(payload: int) -> int:
    total = 5
    while payload:
        total += payload % 16
        payload >>= 4
    return total % 16
