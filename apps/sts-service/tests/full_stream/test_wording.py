"""Words put together again, whatever way the engine tells them."""

import pytest
from sts_service.asr import Segment, Transcript, Word
from sts_service.full.speech import Span
from sts_service.full.wording import Passage, Wording, joined, speech_of


def test_words_of_two_segments_are_two_passages_and_count_from_the_lead_in_s_end() -> None:
    one, two, three = Word("one", 1.0, 1.5), Word("two", 1.5, 2.0), Word("three", 3.0, 3.5)
    segments = (Segment("one two", 1.0, 2.0, (one, two)), Segment("three", 3.0, 3.5, (three,)))
    wording = Wording.of(Transcript(" one two three ", segments, None, "en"), 1.0, 6.0)
    assert wording.tells_words
    assert wording.text == "one two three"
    assert wording.passages(wording.words, "en") == (
        Passage("one two", 0.0, 1.0),
        Passage("three", 2.0, 2.5),
    )
    owed = Word("zero", 0.0, 0.0)
    assert [passage.text for passage in wording.passages((owed, *wording.words[1:]), "en")] == [
        "zero",
        "two",
        "three",
    ]


def test_a_segment_without_words_is_one_word_and_is_said_not_to_tell_them() -> None:
    wording = Wording.of(Transcript("one two", (Segment("one two", 0.2, 1.0, ()),), None, "en"), 0.0, 6.0)
    assert wording.words == (Word("one two", 0.2, 1.0),)
    assert not wording.tells_words


@pytest.mark.parametrize(("text", "words"), [("one two", (Word("one two", 0.0, 6.0),)), (" ", ())])
def test_a_transcript_without_segments_lies_anywhere_in_the_fragment(
    text: str, words: tuple[Word, ...]
) -> None:
    assert Wording.of(Transcript(text, (), None, "en"), 0.0, 6.0).words == words


@pytest.mark.parametrize(
    ("texts", "language", "expected"),
    [
        (["one", "two"], "en", "one two"),
        ([" one", " two", ",", " three"], "en", "one two, three"),
        (["これ", "は"], "ja", "これは"),
        (["你", "好"], "zh-TW", "你好"),
        ([], "en", ""),
    ],
)
def test_words_are_joined_as_the_language_and_the_engine_have_them(
    texts: list[str], language: str, expected: str
) -> None:
    assert joined([Word(text, 0, 0) for text in texts], language) == expected


def test_the_speech_is_where_the_words_are_as_far_as_that_is_in_the_fragment() -> None:
    assert speech_of([], 6.0) is None
    assert speech_of([Word("a", -0.5, 0.2), Word("b", 5.0, 6.5)], 6.0) == Span(0.0, 6.0)
    assert speech_of([Word("a", 1.0, 3.0), Word("b", 2.0, 2.5)], 6.0) == Span(1.0, 3.0)
    assert speech_of([Word("a", -0.5, -0.2)], 6.0) == Span(0.0, 0.0)
