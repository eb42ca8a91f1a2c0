"""What is on screen can be read: by people, and by the self-check."""

import numpy as np
from livedub.demo.picture import HEIGHT, MARGIN, WIDTH, Painter, sentence
from livedub.demo.script import SENTENCES
from media_service.testmedia import strip

PAINTER = Painter()
PANEL = slice(336, 476)
CLOCK = slice(112, 217)


def luma(number: int, at_s: float, unix_s: float, text: str | None = None) -> strip.Luma:
    words = None if text is None else sentence(text)
    return PAINTER.frame(number, at_s, unix_s, words)[:HEIGHT]


def test_a_frame_bears_its_number_and_its_second() -> None:
    for number, at_s in ((0, 0.0), (1, 0.04), (123_456, 4938.24)):
        assert strip.read(luma(number, at_s, 1e9 + at_s)) == strip.Mark(number, int(at_s) % 256)


def test_the_clock_moves_with_each_tenth_of_a_second_and_the_rest_does_not() -> None:
    one, same, other = (luma(7, 1.0, unix_s)[CLOCK] for unix_s in (1e9 + 0.11, 1e9 + 0.14, 1e9 + 0.21))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_current_sentence_is_on_screen_and_fits() -> None:
    without = luma(7, 1.0, 1e9)[PANEL]
    for text in (max(SENTENCES, key=len), SENTENCES[0]):
        panel = luma(7, 1.0, 1e9, text)[PANEL]
        bright = panel > without + 100
        assert bright.sum() > 1000
        # Nothing of it is cut off: there is room on all sides.
        columns, rows = np.flatnonzero(bright.any(axis=0)), np.flatnonzero(bright.any(axis=1))
        assert columns[0] >= MARGIN
        assert columns[-1] < WIDTH - MARGIN - 1
        assert rows[0] > 4
        assert rows[-1] < len(panel) - 4


def test_the_picture_moves_all_the_time() -> None:
    one, other = PAINTER.frame(0, 0.0, 1e9, None), PAINTER.frame(1, 0.04, 1e9, None)
    assert (one[: strip.top(HEIGHT, WIDTH)] != other[: strip.top(HEIGHT, WIDTH)]).any()
    assert one.shape == (HEIGHT * 3 // 2, WIDTH)
