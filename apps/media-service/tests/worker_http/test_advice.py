"""When too many dubs come late, and which delay would have done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.worker.advice import FEWEST_SLOTS, WINDOW_NS, Advice, DeadlineWatch, Recovered
from media_service.worker.share import ShareDubbed

S = 1_000_000_000
MS = 1_000_000
OFFSET_NS = 6 * S


def play(
    watch: DeadlineWatch, missed: list[bool], *, from_s: int = 0, late_ms: int = 1500
) -> list[Advice | Recovered]:
    """A slot every 6 s: in time by 1 s, or late."""
    said = []
    for number, is_missed in enumerate(missed):
        now_ns = (from_s + number * 6) * S
        watch.answered(-late_ms * MS if is_missed else S, now_ns)
        said.append(watch.decided(missed=is_missed, now_ns=now_ns))
    return [word for word in said if word is not None]


def test_up_to_a_tenth_missed_is_not_worth_a_word() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    assert play(watch, ([False] * 9 + [True]) * 4) == []
    assert watch.current is None


def test_over_a_tenth_missed_is_said_once_with_the_offset_that_would_have_done() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    said = play(watch, [False] * 10 + [True] * 6)
    assert said == [Advice(missed_share=2 / 12, needed_offset_ms=7500, raise_by_ms=1500)]
    assert watch.current is not None
    assert watch.current.missed_share == 6 / 16


def test_what_is_advised_covers_nineteen_of_twenty_answers() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    for number in range(19):
        watch.answered(-(number + 1) * 100 * MS, number)
    watch.answered(-60 * S, 20)
    for number in range(FEWEST_SLOTS):
        watch.decided(missed=True, now_ns=20 + number)
    assert watch.current == Advice(missed_share=1.0, needed_offset_ms=7900, raise_by_ms=1900)


def test_the_advice_is_a_round_number_that_is_enough() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    (advice,) = play(watch, [True] * 5, late_ms=1501)
    assert advice == Advice(missed_share=1.0, needed_offset_ms=7600, raise_by_ms=1600)


def test_where_no_answer_came_more_delay_is_not_advised() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    said = [watch.decided(missed=True, now_ns=number * 6 * S) for number in range(FEWEST_SLOTS)]
    advice = said[-1]
    assert advice == Advice(missed_share=1.0, needed_offset_ms=6000, raise_by_ms=0)
    assert isinstance(advice, Advice)
    assert advice.remedy == "the service answers too few of them: more delay would not help"


def test_of_a_few_slots_nothing_is_concluded() -> None:
    assert play(DeadlineWatch(OFFSET_NS), [True] * (FEWEST_SLOTS - 1)) == []


def test_a_late_answer_corrects_what_is_shown_and_says_nothing_anew() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    for number in range(FEWEST_SLOTS):
        watch.decided(missed=True, now_ns=number * S)
    watch.answered(-2 * S, 6 * S)
    assert watch.decided(missed=True, now_ns=7 * S) is None
    assert watch.current == Advice(missed_share=1.0, needed_offset_ms=8000, raise_by_ms=2000)


def test_it_is_over_when_few_are_missed_again_and_that_is_said_once() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    said = play(watch, [True] * 5 + [False] * 30)
    assert [type(word) for word in said] == [Advice, Recovered]
    assert said[1] == Recovered(0.05)
    assert watch.current is None


def test_between_a_tenth_and_a_twentieth_nothing_changes() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    said = play(watch, [True] * 5 + ([True] + [False] * 9) * 8)
    assert [type(word) for word in said] == [Advice]
    assert watch.current is not None
    assert watch.current.missed_share == 0.1


def test_misses_older_than_two_minutes_do_not_count() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    play(watch, [True] * 4)
    assert play(watch, [False] * 4 + [True, False], from_s=WINDOW_NS // S + 18) == [
        Advice(missed_share=0.2, needed_offset_ms=7500, raise_by_ms=1500)
    ]


def test_a_new_offset_begins_anew() -> None:
    watch = DeadlineWatch(OFFSET_NS)
    (advice,) = play(watch, [True] * 5)
    assert isinstance(advice, Advice)
    watch.offset_changed(OFFSET_NS + advice.raise_by_ms * MS)
    assert watch.current is None
    assert play(watch, [False] * 20, from_s=30) == []
    again = play(watch, [True] * 3, from_s=150)
    assert [word.needed_offset_ms for word in again if isinstance(word, Advice)] == [9000]


@given(st.lists(st.tuples(st.integers(-20_000, 6000), st.integers(0, 20)), max_size=60))
def test_what_is_said_alternates_and_the_offset_is_never_lowered(answers: list[tuple[int, int]]) -> None:
    watch, now_ns, said = DeadlineWatch(OFFSET_NS), 0, []
    for margin_ms, wait_s in answers:
        now_ns += wait_s * S
        watch.answered(margin_ms * MS, now_ns)
        word = watch.decided(missed=margin_ms < 0, now_ns=now_ns)
        if word is not None:
            said.append(word)
        if watch.current is not None:
            assert watch.current.needed_offset_ms >= 6000
            assert watch.current.raise_by_ms == watch.current.needed_offset_ms - 6000
    assert [isinstance(word, Advice) for word in said] == [number % 2 == 0 for number in range(len(said))]


def test_the_share_dubbed_weighs_slots_by_their_length() -> None:
    share = ShareDubbed()
    assert share.share(0) is None
    share.played(6 * S, dubbed=True, now_ns=6 * S)
    share.played(2 * S, dubbed=False, now_ns=8 * S)
    assert share.share(8 * S) == 0.75


def test_the_share_dubbed_forgets_after_five_minutes() -> None:
    share = ShareDubbed()
    share.played(6 * S, dubbed=True, now_ns=0)
    share.played(6 * S, dubbed=False, now_ns=1)
    assert share.share(300 * S - 1) == 0.5
    assert share.share(300 * S) == 0.0
    assert share.share(300 * S + 1) is None


@pytest.mark.parametrize("played", [10_000])
def test_the_share_dubbed_keeps_no_more_than_its_window(played: int) -> None:
    share = ShareDubbed(window_ns=10)
    for number in range(played):
        share.played(1, dubbed=True, now_ns=number)
    assert len(share._slots) == 10
