"""What a stream tells the engines of what was said before."""

import pytest
from sts_service.full.context import CONTEXT_CHARACTERS, PROMPT_CHARACTERS, Context
from sts_service.full.lineage import Lineage


def test_the_prompt_is_the_tail_of_the_transcript() -> None:
    context = Context("en", "general")
    assert context.prompt == ""
    context.add("Good evening.")
    context.add("")
    context.add("Here is the news.")
    assert context.prompt == "Good evening. Here is the news."


@pytest.mark.parametrize(("language", "known"), [("en-GB", True), ("es", True), ("fr", False)])
def test_the_domain_s_vocabulary_stands_before_it(language: str, known: bool) -> None:
    context = Context(language, "Sports")
    context.add("Smith has the ball.")
    assert context.prompt.endswith("Smith has the ball.")
    assert (len(context.prompt) > len("Smith has the ball.")) is known


def test_an_unknown_domain_has_no_vocabulary() -> None:
    assert Context("en", "knitting").prompt == ""


def test_the_translator_is_told_the_last_sentences() -> None:
    context = Context("en", "general")
    context.add("One is here. Two is there! Is three")
    assert context.sentences == "Two is there! Is three"
    context.add("gone? Four")
    assert context.sentences == "Is three gone? Four"


def test_sentences_of_a_script_without_spaces_are_told_apart() -> None:
    context = Context("ja", "general")
    context.add("こんにちは。今日は晴れです。明日は雨です。")
    assert context.sentences == "今日は晴れです。 明日は雨です。"


def test_what_is_remembered_is_bounded_and_begins_with_a_whole_word() -> None:
    context = Context("en", "general")
    for _ in range(500):
        context.add("syllables")
    assert len(context.prompt) <= PROMPT_CHARACTERS
    assert len(context.sentences) <= CONTEXT_CHARACTERS
    assert set(context.prompt.split()) == {"syllables"}
    context.add("x" * 5000)
    assert len(context.prompt) == PROMPT_CHARACTERS


def test_a_tail_that_begins_between_two_words_is_kept_whole() -> None:
    context = Context("en", "general")
    context.add("x" * 300)
    context.add("y" * PROMPT_CHARACTERS)
    assert context.prompt == "y" * PROMPT_CHARACTERS
    context.add("abc " + "z" * (PROMPT_CHARACTERS - 4))
    assert context.prompt == "abc " + "z" * (PROMPT_CHARACTERS - 4)


def test_each_asset_names_the_one_that_it_was_made_of() -> None:
    ids = iter("abcd")
    lineage = Lineage(lambda: next(ids))
    lineage.add("transcript", engine="ear", model="small", waited_ms=1, took_ms=2)
    lineage.add("translation", engine="mind", model="big", waited_ms=0, took_ms=3)
    told = lineage.told()
    assert [(asset["id"], asset.get("parent_id"), asset["kind"]) for asset in told] == [
        ("a", None, "audio"),
        ("b", "a", "transcript"),
        ("c", "b", "translation"),
    ]
    assert told[0].keys() == {"id", "kind"}
    assert (told[2]["engine"], told[2]["model"]) == ("mind", "big")
    assert (told[1]["waited_ms"], told[1]["took_ms"]) == (1, 2)


def test_no_two_assets_share_an_id() -> None:
    assert Lineage().told()[0]["id"] != Lineage().told()[0]["id"]
