"""A hole in the picture: it is told of, and from then on often enough for the sound to flow."""

from media_service.timeline.picture_hole import PATIENCE_NS, STEP_NS, PictureHole
from media_service.timeline.units import MS_NS

TICK_NS = 20 * MS_NS


def told(pictures_ns: set[int], until_ns: int) -> list[tuple[int, int]]:
    """Start and end of each stretch, looked at every 20 ms."""
    hole = PictureHole()
    stretches = []
    for now_ns in range(0, until_ns, TICK_NS):
        if now_ns in pictures_ns:
            hole.picture(now_ns)
        found = hole.told_until(now_ns)
        if found is not None:
            stretches.append((found[0], found[0] + found[1]))
    return stretches


def test_before_the_first_picture_nobody_waits_for_one() -> None:
    assert told(set(), 2 * PATIENCE_NS) == []


def test_a_few_pictures_a_second_are_no_hole() -> None:
    assert told(set(range(0, 2_000 * MS_NS, PATIENCE_NS)), 2_000 * MS_NS) == []


def test_a_hole_is_told_of_without_gap_and_often() -> None:
    stretches = told({0}, 1_000 * MS_NS)
    assert stretches[0][0] == 0
    assert PATIENCE_NS < stretches[0][1] <= PATIENCE_NS + TICK_NS
    assert [start for start, _ in stretches[1:]] == [end for _, end in stretches[:-1]]
    assert all(end - start <= STEP_NS + TICK_NS for start, end in stretches[1:])
    assert stretches[-1][1] > 900 * MS_NS


def test_after_a_picture_the_next_one_is_waited_for_as_before() -> None:
    stretches = told({0, 600 * MS_NS}, 600 * MS_NS + PATIENCE_NS)
    assert stretches
    assert all(end < 600 * MS_NS for _, end in stretches)
