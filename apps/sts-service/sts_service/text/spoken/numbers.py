"""Digits to words."""

import functools
import re

from num2words import num2words

from sts_service.text.spoken.words import Words

LONGEST = 12
"""Digits of a number that is read as one; a longer one is a code, and read digit by digit."""


def number_words(digits: str, words: Words) -> str:
    """A number as it is written in this language: grouped or not, with decimals or not."""
    if "." not in digits and "," not in digits and not any(mark in digits for mark in words.group_marks):
        is_year = words.names_years and len(digits) == 4 and 1100 <= int(digits) < 2000
        return _said(int(digits), words.number_language, "year") if is_year else _whole(digits, words)
    grouped = rf"\d{{1,3}}(?:[{re.escape(words.group_marks)}]\d{{3}})+"
    if re.fullmatch(grouped, digits):
        return _whole(re.sub(r"\D", "", digits), words)
    whole, mark, fraction = digits.rpartition(words.decimal_mark)
    if mark and fraction.isdigit() and (whole.isdigit() or re.fullmatch(grouped, whole)):
        return _decimal(re.sub(r"\D", "", whole), fraction, words)
    parts = re.split(r"\D", digits)
    if len(parts) == 2:
        # The decimal mark of another language.
        return _decimal(parts[0], parts[1], words)
    return " ".join(_whole(part, words) for part in parts if part)


def before_noun(text: str, words: Words) -> str:
    """The number as it is said before what it counts: "veintiún goles"."""
    for ending, shorter in words.before_noun:
        if text.endswith(ending):
            return text[: -len(ending)] + shorter
    return text


def ordinal_words(digits: str, ending: str, words: Words) -> str:
    if len(digits) > LONGEST:
        return _whole(digits, words)
    said = _said(int(digits), words.number_language, "ordinal")
    return said[: -len(ending)] + ending if ending else said


def _decimal(whole: str, fraction: str, words: Words) -> str:
    shown = fraction.rstrip("0")
    if not shown:
        return _whole(whole, words)
    # 2,05 is read digit by digit, 2,45 as one number would hide what its first digit is worth.
    digits = " ".join(_whole(digit, words) for digit in shown)
    return f"{_whole(whole, words)} {words.point} {digits}"


def _whole(digits: str, words: Words) -> str:
    if len(digits) > LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return " ".join(_said(int(digit), words.number_language, "cardinal") for digit in digits)
    return _said(int(digits), words.number_language, "cardinal")


@functools.lru_cache(4096)
def _said(value: int, language: str, to: str) -> str:
    return str(num2words(value, lang=language, to=to)).replace(",", "").replace("-", " ")
