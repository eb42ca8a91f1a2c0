"""Text cut into pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.text.pieces import can_be_said, pieces, sentences

TEXTS = st.text(st.sampled_from('ab ñж你.!?,;。、…"”)\n '), max_size=120) | st.text(max_size=60)


def bare(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(1, 40))
def test_no_piece_is_too_long_and_none_is_lost(text: str, at_most: int) -> None:
    cut = pieces(text, at_most)
    assert bare("".join(cut)) == bare(text)
    assert all(part and len(part) <= at_most for part in cut)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_sentences_lose_nothing(text: str) -> None:
    assert bare("".join(sentences(text))) == bare(text)


@pytest.mark.parametrize(
    ("text", "at_most", "cut"),
    [
        ("One two. Three four. Five", 22, ["One two. Three four.", "Five"]),
        ("One two, three four five", 20, ["One two,", "three four five"]),
        ("One two three", 8, ["One two", "three"]),
        ("Unbreakable", 4, ["Unbr", "eaka", "ble"]),
        ("你好。再见。", 4, ["你好。", "再见。"]),
        ("  ", 5, []),
    ],
)
def test_a_cut_is_made_where_it_hurts_least(text: str, at_most: int, cut: list[str]) -> None:
    assert pieces(text, at_most) == cut


def test_a_sentence_ends_at_its_mark_and_not_at_an_abbreviation() -> None:
    text = 'Dr. Smith met Mr. J. Brown at 3.5 km. Did he? "Yes!" he said. 你好。再见'
    assert sentences(text) == [
        "Dr. Smith met Mr. J. Brown at 3.5 km.",
        "Did he?",
        '"Yes!"',
        "he said.",
        "你好。",
        "再见",
    ]


def test_dots_alone_cannot_be_said() -> None:
    assert can_be_said("a")
    assert can_be_said("… 7 …")
    assert not can_be_said("… — ?!")
