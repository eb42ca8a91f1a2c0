"""Words at the cuts between fragments, with a listener that hears perfectly what is not cut off."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.asr import Word
from sts_service.full.edges import (
    LEAD_IN_S,
    MOST_LEFT_S,
    PAUSE_S,
    RUN_UP_S,
    WHOLE,
    Division,
    Edge,
    divide,
    late,
    shifted,
)


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text, start_s, end_s)


def texts(words: Sequence[Word]) -> list[str]:
    return [each.text for each in words]


def cut(words: list[Word], before: Edge = WHOLE, *, quiet_s: float = 0.0, may_leave: bool = True) -> Division:
    return divide(words, 6.0, before, quiet_s=quiet_s, may_leave=may_leave)


def test_a_word_that_touches_the_cut_is_left_to_the_next_fragment() -> None:
    division = cut([word("good", 5.0, 5.4), word("even", 5.5, 6.0)])
    assert texts(division.own) == ["good"]
    assert division.edge.left_s == pytest.approx(0.5)
    assert division.edge.left == (word("even", -0.5, 0.0),)
    following = cut([word("good", -1.0, -0.6), word("evening", -0.5, 0.2)], division.edge)
    assert texts(following.own) == ["evening"]


def test_a_pause_before_the_cut_ends_the_last_word() -> None:
    division = cut([word("good", 5.0, 5.4), word("evening", 5.5, 5.95)], quiet_s=PAUSE_S)
    assert texts(division.own) == ["good", "evening"]
    assert (division.edge.left, division.edge.left_s) == ((), 0.0)


def test_words_of_the_lead_in_are_not_said_again_and_a_word_belongs_where_its_middle_is() -> None:
    words = [
        word("one", -0.9, -0.5),
        word("two", -0.3, 0.1),
        word("three", -0.1, 0.3),
        word("four", 1.0, 1.4),
    ]
    assert texts(cut(words, quiet_s=1.0).own) == ["three", "four"]


def test_sound_that_goes_on_to_the_cut_without_a_word_is_left_too() -> None:
    division = cut([word("good", 5.0, 5.4)])
    assert texts(division.own) == ["good"]
    assert division.edge.left == ()
    assert division.edge.left_s == pytest.approx(0.5)
    assert texts(cut([word("good", -1, -0.6), word("evening", -0.4, 0.1)], division.edge, quiet_s=1).own) == [
        "evening"
    ]


def test_a_word_too_long_to_be_left_is_said_and_its_rest_is_dropped() -> None:
    division = cut([word("goal", 6.0 - MOST_LEFT_S - 0.1, 6.0)])
    assert texts(division.own) == ["goal"]
    following = cut([word("oal", -1.0, 1.5), word("by", 1.6, 1.8)], division.edge, quiet_s=1)
    assert texts(following.own) == ["by"]


def test_a_fragment_that_may_leave_nothing_says_its_last_word() -> None:
    division = cut([word("even", 5.5, 6.0)], may_leave=False)
    assert texts(division.own) == ["even"]
    assert texts(cut([word("evening", -0.5, 0.6)], division.edge, quiet_s=1).own) == []


def test_what_the_next_fragment_does_not_hear_stands_as_it_was_heard_first() -> None:
    left = cut([word("even", 5.5, 6.0)]).edge
    assert texts(cut([], left, quiet_s=6.0).own) == ["even"]


def test_what_was_left_is_carried_on_through_short_fragments_up_to_a_limit() -> None:
    edge = cut([word("even", 5.5, 6.0)]).edge
    said: list[str] = []
    for _ in range(40):
        division = divide([], 0.1, edge, quiet_s=0.0, may_leave=True)
        said += texts(division.own)
        edge = division.edge
        assert edge.left_s <= MOST_LEFT_S
    assert said == ["even"]


def test_a_fragment_that_does_not_follow_on_says_what_was_left() -> None:
    left = cut([word("even", 5.5, 6.0)]).edge
    assert late(left) == (word("even", 0.0, 0.0),)
    assert late(WHOLE) == ()


def test_the_lead_in_reaches_back_behind_what_was_left() -> None:
    assert WHOLE.lead_in_s == LEAD_IN_S
    assert Edge(left_s=0.2).lead_in_s == LEAD_IN_S
    assert Edge(left_s=1.5).lead_in_s == 1.5 + RUN_UP_S


def test_the_last_word_is_known_again_though_its_times_are_wrong() -> None:
    edge = cut([word("good", 5.0, 5.4), word("even", 5.5, 6.0)]).edge
    # Good begins and ends too late, evening too early: by its middle, evening would not be ours.
    heard = [word("Good,", -0.9, -0.45), word("evening", -0.7, -0.35), word("all", 0.2, 0.5)]
    assert texts(cut(heard, edge, quiet_s=1).own) == ["evening", "all"]


def test_a_word_said_before_a_pause_is_known_again_behind_the_cut() -> None:
    edge = cut([word("no", 5.78, 5.88)], quiet_s=PAUSE_S).edge
    assert texts(cut([word("no", -0.05, 0.09), word("yes", 0.2, 0.5)], edge, quiet_s=1).own) == ["yes"]


def test_the_same_word_further_on_is_another() -> None:
    edge = cut([word("no", 5.0, 5.2)], quiet_s=0.8).edge
    assert texts(cut([word("no", 0.0, 0.2)], edge, quiet_s=1).own) == ["no"]
    edge = cut([word("no", 5.5, 5.7), word("no", 5.75, 6.0)]).edge
    heard = [word("no", -0.5, -0.3), word("no", -0.25, 0.0), word("no", 0.05, 0.3)]
    assert texts(cut(heard, edge, quiet_s=1).own) == ["no", "no"]


def test_where_the_last_word_is_not_heard_again_the_one_after_it_is_not_taken_for_it() -> None:
    edge = cut([word("a", 5.75, 5.83), word("up", 5.85, 6.0)]).edge
    heard = [word("up", -0.15, 0.1), word("there", 0.2, 0.6)]
    assert texts(cut(heard, edge, quiet_s=1).own) == ["up", "there"]


def test_a_word_that_is_cut_soon_after_its_beginning_is_said_once() -> None:
    edge = cut([word("ev", 5.95, 6.0)], may_leave=False).edge
    assert texts(cut([word("evening", -0.05, 0.4), word("all", 0.4, 0.6)], edge, quiet_s=1).own) == ["all"]
    assert texts(cut([word("evening", 0.02, 0.4), word("all", 0.4, 0.6)], edge, quiet_s=1).own) == ["all"]
    assert texts(cut([word("all", 0.12, 0.6)], edge, quiet_s=1).own) == ["all"], "its rest is not heard"


def test_the_last_word_is_remembered_through_short_fragments() -> None:
    edge = cut([word("good", 5.0, 5.4), word("e", 5.9, 6.0)]).edge
    edge = divide([word("good", -1.0, -0.6)], 0.1, edge, quiet_s=0, may_leave=True).edge
    assert edge.last
    assert edge.last.start_s == pytest.approx(-1.1)
    edge = divide([word("even", -0.2, 0.1)], 0.1, edge, quiet_s=0, may_leave=True).edge
    assert edge.last
    assert edge.last.start_s == pytest.approx(-1.2)
    assert texts(edge.left) == ["even"]


SPLIT = "~"
"""Marks a word of which only a part was heard."""


def listen(words: list[Word], start_s: float, end_s: float) -> list[Word]:
    """What is heard between two times, counted from the first: what sticks out is cut off."""
    heard = []
    for each in words:
        begin, end = max(each.start_s, start_s), min(each.end_s, end_s)
        if end - begin > 0.03:
            whole = begin == each.start_s and end == each.end_s
            heard.append(word(each.text if whole else SPLIT + each.text, begin, end))
    return list(shifted(heard, -start_s))


def quiet_before(words: list[Word], at_s: float) -> float:
    if any(each.start_s < at_s < each.end_s for each in words):
        return 0.0
    return at_s - max((each.end_s for each in words if each.end_s <= at_s), default=0.0)


def read_in_fragments(words: list[Word], cuts: list[float]) -> list[str]:
    """The whole text, said fragment by fragment."""
    said: list[str] = []
    edge = WHOLE
    for number, (start, end) in enumerate(pairwise(cuts)):
        lead_s = min(edge.lead_in_s, start - cuts[0])
        heard = shifted(listen(words, start - lead_s, end), -lead_s)
        last = number == len(cuts) - 2
        division = divide(heard, end - start, edge, quiet_s=quiet_before(words, end), may_leave=not last)
        said += texts(division.own)
        edge = division.edge
    return said


@st.composite
def readings(draw: st.DrawFn, longest_s: float = 1.4, *, alike: bool = False) -> list[Word]:
    at_s, words = draw(st.floats(0, 1)), []
    for number in range(draw(st.integers(1, 40))):
        length_s = draw(st.floats(0.1, longest_s))
        text = draw(st.sampled_from(["no", "yes"])) if alike else f"w{number}"
        words.append(word(text, at_s, at_s + length_s))
        at_s += length_s + draw(st.sampled_from([0.0, 0.0, 0.0, 0.02, 0.2, 0.5, 2.0]))
    return words


@settings(max_examples=300, deadline=None)
@given(readings(), st.lists(st.floats(0.1, 8.0), min_size=1, max_size=40))
def test_no_word_is_lost_or_said_twice_wherever_the_cuts_are(words: list[Word], lengths: list[float]) -> None:
    end_s = words[-1].end_s + 1.0
    cuts = [0.0]
    while cuts[-1] < end_s:
        cuts.append(cuts[-1] + lengths[len(cuts) % len(lengths)])
    said = read_in_fragments(words, cuts)
    assert [text.lstrip(SPLIT) for text in said] == texts(words)
    whole = [text for text in said if not text.startswith(SPLIT)]
    if min(lengths) > 2.0:
        assert len(whole) == len(words), f"said in parts: {said}"


@settings(max_examples=100, deadline=None)
@given(readings(alike=True), st.floats(2.0, 8.0), st.floats(0.1, 6.0))
def test_words_that_are_alike_are_told_apart(words: list[Word], every_s: float, offset_s: float) -> None:
    end_s = words[-1].end_s + 1.0
    cuts = [0.0, offset_s]
    while cuts[-1] < end_s:
        cuts.append(cuts[-1] + every_s)
    said = [text.lstrip(SPLIT) for text in read_in_fragments(words, cuts)]
    assert said == texts(words)


@settings(max_examples=100, deadline=None)
@given(readings(longest_s=4.0), st.floats(4.0, 8.0), st.floats(0.1, 6.0))
def test_a_very_long_word_is_said_once(words: list[Word], every_s: float, offset_s: float) -> None:
    end_s = words[-1].end_s + 1.0
    cuts = [0.0, offset_s]
    while cuts[-1] < end_s:
        cuts.append(cuts[-1] + every_s)
    said = [text.lstrip(SPLIT) for text in read_in_fragments(words, cuts)]
    assert said == texts(words)


@pytest.mark.parametrize("offset_ms", range(100, 6100, 100))
def test_a_steady_reading_cut_at_every_offset_comes_out_whole(offset_ms: int) -> None:
    words = [word(f"w{n}", 0.37 * n, 0.37 * (n + 1)) for n in range(320)]
    cuts = [0.0, *(offset_ms / 1000 + 6 * n for n in range(21))]
    assert read_in_fragments(words, cuts) == texts(words)
