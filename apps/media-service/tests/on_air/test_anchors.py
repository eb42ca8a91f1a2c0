"""What comes after a hole lies in the dub where it lies in the source."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from media_service.worker.anchors import EVEN, anchors_of, laid_out

WIDTH = 1024


def ramp(length: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Each sample says which one it is."""
    return np.repeat(np.arange(length, dtype=np.float32)[:, None], 2, axis=1)


@given(before=st.integers(1, 90), hole=st.integers(720, 200_000), after=st.integers(1, 90))
def test_the_hole_takes_what_is_missing_and_nothing_else_moves(before: int, hole: int, after: int) -> None:
    lost = round(hole / WIDTH)
    packets = [(n, n * WIDTH) for n in range(before)]
    packets += [(before + lost + n, before * WIDTH + hole + n * WIDTH) for n in range(after)]
    length = (before + after) * WIDTH + hole
    natural = (before + lost + after) * WIDTH
    dub = laid_out(ramp(natural), anchors_of(packets, WIDTH, length), length)
    assert len(dub) == length
    is_even = abs(hole - lost * WIDTH) <= EVEN
    near = EVEN if is_even else 0
    for number, at in packets:
        assert abs(dub[at, 0] - number * WIDTH) <= near


def test_packets_that_follow_each_other_need_no_anchor() -> None:
    drifting = [(n, n * WIDTH + n // 2) for n in range(90)]
    assert anchors_of(drifting, WIDTH, 91 * WIDTH) == ()


@given(
    anchors=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 4800)), max_size=6).map(tuple),
    natural=st.integers(0, 5000),
)
def test_whatever_the_anchors_are_it_is_as_long_as_its_slot(
    anchors: tuple[tuple[int, int], ...], natural: int
) -> None:
    assert laid_out(ramp(natural), anchors, 4800).shape == (4800, 2)
