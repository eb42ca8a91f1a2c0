"""At which keyframe the output goes over."""

from hypothesis import given
from hypothesis import strategies as st
from media_service.handover.choice import (
    APART_NS,
    LEAST_AHEAD_NS,
    LEAST_HELD_NS,
    Keyframe,
    common,
    following,
    nearest,
)
from media_service.timeline.units import MS_NS, SECOND_NS


def held(*due_in_s: float, names: str = "abcdefghij") -> list[Keyframe]:
    return [Keyframe(name, round(due * SECOND_NS)) for name, due in zip(names, due_in_s, strict=False)]


def test_the_first_that_both_hold_and_that_is_a_second_ahead_is_chosen() -> None:
    mine = held(0.5, 1.5, 2.5, 3.5)
    pair = common(mine, held(1.6, 2.6, 3.6, names="bcd"))
    assert pair is not None
    assert (mine[pair.mine].name, pair.theirs) == ("b", 0)


def test_without_one_in_common_there_is_none() -> None:
    assert common(held(1, 2, 3), held(1, 2, 3, names="xyz")) is None
    assert common([], held(2)) is None


def test_one_that_the_successor_is_about_to_send_is_too_near() -> None:
    assert common(held(1.2), held(0.7)) is None


def test_of_pictures_that_are_alike_the_one_due_at_the_same_time_is_meant() -> None:
    pair = common(held(1.5, 2.5, 3.5, names="aaa"), held(0.9, 1.5, 2.5, 3.5, names="aaaa"))
    assert pair is not None
    assert (pair.mine, pair.theirs) == (0, 1)


def test_the_same_picture_shown_again_much_later_is_another() -> None:
    assert common(held(1.5, names="a"), held(9.5, names="a")) is None


def test_a_longer_delay_of_the_successor_makes_the_same_picture_due_later() -> None:
    pair = common(held(1.5, names="a"), held(1.5, 7.5, names="aa"), later_ns=6 * SECOND_NS)
    assert pair is not None
    assert pair.theirs == 1


def test_where_none_is_common_each_has_its_own() -> None:
    mine, theirs = held(0.5, 1.4), held(0.9, 1.9, names="xy")
    number = nearest(mine)
    assert number == 1
    assert following(theirs, mine[number].due_in_ns) == 1
    assert nearest(held(0.2)) is None
    assert following(theirs, 5 * SECOND_NS) is None


keyframes = st.lists(
    st.builds(Keyframe, st.sampled_from("abcd"), st.integers(-SECOND_NS, 12 * SECOND_NS)), max_size=12
)


@given(keyframes, keyframes, st.integers(-6 * SECOND_NS, 6 * SECOND_NS))
def test_what_is_chosen_is_one_picture_and_can_be_reached_by_both(
    mine: list[Keyframe], theirs: list[Keyframe], later_ns: int
) -> None:
    pair = common(mine, theirs, later_ns=later_ns)
    if pair is None:
        return
    one, other = mine[pair.mine], theirs[pair.theirs]
    assert one.name == other.name
    assert one.due_in_ns >= LEAST_AHEAD_NS
    assert other.due_in_ns >= LEAST_HELD_NS
    assert abs(one.due_in_ns + later_ns - other.due_in_ns) <= APART_NS


@given(
    st.lists(st.integers(200, 3000), min_size=3, max_size=10),
    st.integers(0, 9),
    st.integers(-150, 150),
    st.booleans(),
)
def test_two_that_hear_the_same_source_always_find_the_same_picture(
    gaps_ms: list[int], joined: int, apart_ms: int, still: bool
) -> None:
    """One of them came later, and holds the end of what the other one holds."""
    due_ns, at = [], 0
    for gap in gaps_ms:
        at += gap * MS_NS
        due_ns.append(at)
    mine = [Keyframe("still" if still else str(n), due) for n, due in enumerate(due_ns)]
    theirs = [
        Keyframe(one.name, one.due_in_ns + apart_ms * MS_NS // (2 if still else 1))
        for one in mine[min(joined, len(mine) - 1) :]
    ]
    first = len(mine) - len(theirs)
    pair = common(mine, theirs)
    reachable = [
        n
        for n in range(first, len(mine))
        if mine[n].due_in_ns >= LEAST_AHEAD_NS and theirs[n - first].due_in_ns >= LEAST_HELD_NS
    ]
    if not reachable:
        return
    assert pair is not None
    if not still:
        assert pair.mine == reachable[0]
    if pair.mine >= first:
        assert pair.theirs == pair.mine - first
