"""The rules, in their order: each sees what the ones before have left."""

import functools
import re
import unicodedata
from collections.abc import Callable

from sts_service.engines.card import primary
from sts_service.text.spoken.languages import LANGUAGES
from sts_service.text.spoken.numbers import before_noun, number_words, ordinal_words
from sts_service.text.spoken.words import Counted, Words

Rule = Callable[[str], str]

QUOTES = re.compile(r"""["“”„‟«»‹›]|(?<!\w)['‘’‚](?=\w)|(?<=\w)['’](?!\w)""")
UNSPOKEN = {"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk"}
"""Kinds of characters that no voice has a sound for: controls, emoji, stray accents."""
KEPT = "°№%"


def spoken(text: str, language: str) -> str:
    """The same text without anything that an engine might read aloud wrongly. Of a language that has no table
    only the characters are tidied, and its numbers are left to the engine.
    """
    text = _tidied(text)
    rules = _rules(primary(language))
    for rule in rules:
        text = rule(text)
    return _spaced(text)


def _tidied(text: str) -> str:
    text = unicodedata.normalize("NFC", text).replace("\N{NO-BREAK SPACE}", " ").replace("…", "...")
    text = QUOTES.sub("", text.replace("’", "'"))
    shown = (
        character if character in KEPT or unicodedata.category(character) not in UNSPOKEN else " "
        for character in text
    )
    return _spaced("".join(shown))


def _spaced(text: str) -> str:
    return re.sub(r"\s+([,.;:!?])(?=\s|$)", r"\1", re.sub(r"\s+", " ", text)).strip()


@functools.cache
def _rules(language: str) -> tuple[Rule, ...]:
    words = LANGUAGES.get(language)
    if words is None:
        return ()
    number = rf"\d+(?:[.,{re.escape(words.group_marks)}]\d+)*"
    return (
        _abbreviations(words),
        _minus(words),
        _money(words, number),
        _degrees(words, number),
        _units(words, number),
        _ordinals(words),
        _percent(words, number),
        _times(words),
        _scores(words),
        _signs(words, number),
        _numbers(words, number),
    )


def _abbreviations(words: Words) -> Rule:
    if not words.abbreviations:
        return lambda text: text
    listed = "|".join(re.escape(short) for short in sorted(words.abbreviations, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.])(?:{listed})(?!\w)")
    return lambda text: pattern.sub(lambda found: words.abbreviations[found[0]], text)


def _counted(number: str, names: Counted, words: Words) -> str:
    said = number_words(number, words)
    one = re.fullmatch(r"0*1", number) is not None
    return f"{before_noun(said, words)} {names[0] if one else names[1]}"


def _money(words: Words, number: str) -> Rule:
    signs = "|".join(re.escape(sign) for sign in sorted(words.money, key=len, reverse=True))
    millions = "|".join(words.millions)
    large = rf"(?:\s+(?P<large>{millions})\b)?"
    first = re.compile(rf"(?P<sign>{signs})\s?(?P<number>{number}){large}")
    last = re.compile(rf"(?<![\w.,])(?P<number>{number}){large}\s?(?P<sign>{signs})(?!\w)")

    def said(found: re.Match[str]) -> str:
        names = words.money[found["sign"]]
        if found["large"]:
            joined = f" {words.of_money} " if words.of_money else " "
            number = before_noun(number_words(found["number"], words), words)
            return f"{number} {found['large']}{joined}{names[1]}"
        return _counted(found["number"], names, words)

    return lambda text: last.sub(said, first.sub(said, text))


def _degrees(words: Words, number: str) -> Rule:
    pattern = re.compile(rf"(?<![\w.,])(?P<number>{number})\s?°\s?(?P<scale>[CF]?)(?!\w)")
    return lambda text: pattern.sub(
        lambda found: _counted(found["number"], words.degrees[found["scale"]], words), text
    )


def _units(words: Words, number: str) -> Rule:
    listed = "|".join(re.escape(unit) for unit in sorted(words.units, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.,])(?P<number>{number})\s?(?P<unit>{listed})(?![\w/²³])")
    return lambda text: pattern.sub(
        lambda found: _counted(found["number"], words.units[found["unit"]], words), text
    )


def _ordinals(words: Words) -> Rule:
    if not words.ordinal_marks:
        return lambda text: text
    listed = "|".join(re.escape(mark) for mark in sorted(words.ordinal_marks, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.,])(?P<number>\d+)(?P<mark>{listed})(?!\w)")
    return lambda text: pattern.sub(
        lambda found: ordinal_words(found["number"], words.ordinal_marks[found["mark"]], words), text
    )


def _percent(words: Words, number: str) -> Rule:
    pattern = re.compile(rf"(?P<number>{number})\s?%")
    return lambda text: pattern.sub(
        lambda found: f"{number_words(found['number'], words)} {words.percent}", text
    ).replace("%", f" {words.percent} ")


def _times(words: Words) -> Rule:
    pattern = re.compile(r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\w:])")

    def said(found: re.Match[str]) -> str:
        hour = number_words(str(int(found["hour"])), words)
        minute = int(found["minute"])
        return f"{hour} {number_words(str(minute), words)}" if minute else hour

    return lambda text: pattern.sub(said, text)


def _scores(words: Words) -> Rule:
    """Two numbers and one hyphen; in a date or a telephone number, which have more, they are pauses."""
    pattern = re.compile(r"(?<![\w.,\-–])(?P<left>\d+)\s?[-–]\s?(?P<right>\d+)(?![\w\-–]|[.,]\d)")
    joined = re.compile(r"(?<=\d)[-–](?=\d)")
    return lambda text: joined.sub(" ", pattern.sub(rf"\g<left> {words.to} \g<right>", text))


def _minus(words: Words) -> Rule:
    pattern = re.compile(r"(?<![\w.,\-–])[-−](?=\d)")
    return lambda text: pattern.sub(f"{words.minus} ", text)


def _signs(words: Words, number: str) -> Rule:
    plus = re.compile(rf"(?<!\w)\+\s?(?={number})")
    sign = re.compile(r"(?:#|№)\s?(?=\d)")
    ampersand = re.compile(r"\s*&\s*")
    return lambda text: ampersand.sub(
        f" {words.and_} ",
        sign.sub(f"{words.number} ", plus.sub(f"{words.plus} ", text)),
    )


def _numbers(words: Words, number: str) -> Rule:
    # A digit inside a name, such as G7 or 4K, is said after or before it.
    apart = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
    pattern = re.compile(rf"{number}|\d+")
    return lambda text: pattern.sub(lambda found: number_words(found[0], words), apart.sub(" ", text))
