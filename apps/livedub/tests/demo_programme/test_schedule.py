"""When a sentence is said, and what the clock shows."""

import itertools
import re
import time

from hypothesis import given
from hypothesis import strategies as st
from livedub.demo.schedule import (
    LEAD_S,
    LONGEST_GAP_S,
    SHORTEST_GAP_S,
    RunningOrder,
    clock_text,
    texts,
)
from livedub.demo.script import SENTENCES

DURATIONS = st.lists(st.floats(2.5, 5.0), min_size=2, max_size=40)


@given(DURATIONS)
def test_a_sentence_begins_half_a_second_after_the_one_before_has_ended(durations_s: list[float]) -> None:
    order = RunningOrder()
    placed = [order.place(number, "", duration_s) for number, duration_s in enumerate(durations_s)]
    assert placed[0].start_s == LEAD_S
    for before, after in itertools.pairwise(placed):
        gap_s = after.start_s - before.end_s
        assert SHORTEST_GAP_S - 1e-9 <= gap_s <= LONGEST_GAP_S + 1e-9


def test_pauses_differ_as_a_readers_do() -> None:
    order = RunningOrder()
    placed = [order.place(number, "", 3.0) for number in range(12)]
    gaps = {round(after.start_s - before.end_s, 3) for before, after in itertools.pairwise(placed)}
    assert len(gaps) > 5


@given(st.integers(1, 6), st.integers(0, 40))
def test_the_script_begins_again_and_the_numbers_go_on(length: int, count: int) -> None:
    script = [str(number) for number in range(length)]
    told = list(itertools.islice(texts(script), count))
    assert [number for number, _ in told] == list(range(count))
    assert [text for _, text in told] == [script[number % length] for number in range(count)]


@given(st.floats(0, 4e9))
def test_the_clock_shows_the_time_of_day_in_tenths(unix_s: float) -> None:
    shown = clock_text(unix_s)
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d", shown)
    assert shown[:8] == time.strftime("%H:%M:%S", time.localtime(unix_s))
    assert int(shown[-1]) == int(unix_s * 10) % 10


def test_the_script_is_long_and_says_nothing_twice() -> None:
    assert 40 <= len(SENTENCES) <= 60
    assert len(set(SENTENCES)) == len(SENTENCES)
    for sentence in SENTENCES:
        assert re.fullmatch(r"[A-Z][A-Za-z ,]+\.", sentence)
