"""Case and a period, for a translator by rules to work with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speech import NEWS, UNSEEN
from sts_service.text.names import names, read
from sts_service.text.truecase import finish

WORDS = st.lists(st.sampled_from(" ".join((*NEWS, *UNSEEN)).split()), min_size=1, max_size=20).map(" ".join)


@pytest.mark.parametrize(
    ("heard", "finished"),
    [
        ("the president visits paris on monday", "The president visits Paris on Monday."),
        ("new york and the united states of america", "New York and the United States of America."),
        (
            "manchester united's win in the champions league",
            "Manchester United's win in the Champions League.",
        ),
        ("the fish of the pacific ocean", "The fish of the Pacific Ocean."),
        ("i think i'm late and i'll go, i said", "I think I'm late and I'll go, I said."),
        ("what did the minister say", "What did the minister say."),
        ("is it over", "Is it over."),
        ("in may it may rain", "In May it may rain."),
        ("since march they march", "Since March they march."),
        ("we told us that they met us", "We told us that they met us."),
        ("the u.s. and the u.k agree", "The US and the UK agree."),
        ("it is over!", "It is over!"),
        ("really?", "Really?"),
        ('he said "go."', 'He said "go."'),
        ("first, second,", "First, second."),
        ("already NASA and McDonald", "Already NASA and McDonald."),
        ("PARIS", "PARIS."),
        ("twelve", "Twelve."),
        ("'paris' (london)", "'Paris' (London)."),
        ("  too   many \n blanks ", "Too many blanks."),
        ("", ""),
        (" ", ""),
        ("...", "..."),
    ],
)
def test_english_is_finished(heard: str, finished: str) -> None:
    assert finish(heard, "en-US") == finished


def test_other_languages_get_a_capital_and_their_own_period() -> None:
    assert finish("le président arrive", "fr") == "Le président arrive."
    assert finish("¿i que", "es") == "¿I que."
    assert finish("他来了", "zh-CN") == "他来了。"
    assert finish("वह आया", "hi") == "वह आया।"


@given(WORDS)
def test_a_question_mark_is_never_invented(text: str) -> None:
    """An ear without punctuation cannot know, and a statement asked as a question says the contrary."""
    finished = finish(text, "en")
    assert finished.endswith(".")
    assert not set("?!") & set(finished)


@given(WORDS)
def test_the_words_stay_as_they_were_heard(text: str) -> None:
    assert finish(text, "en").lower() == f"{text}."
    assert finish(finish(text, "en"), "en") == finish(text, "en")


@given(st.text(max_size=60))
def test_any_text_can_be_finished_and_is_finished_once(text: str) -> None:
    once = finish(text, "en")
    assert finish(once, "en") == once


def test_a_list_of_names_is_read_line_by_line() -> None:
    found = read("# feasts\nNew Year's Day, Easter # moves\nin, since : May, March\nUS = u.s\n\n")
    assert found.find("", "easter") == "Easter"
    assert found.find("", "new year's day") == "New Year's Day"
    assert found.find("", "u.s") == "US"
    assert found.find("in", "may") == found.find("since", "may") == "May"
    assert found.find("it", "may") is None
    assert found.find("", "moves") is None
    assert found.longest == 3


def test_a_language_without_a_list_has_no_names() -> None:
    assert names("fi").find("", "helsinki") is None
    assert names("en-GB").find("", "helsinki") == "Helsinki"
