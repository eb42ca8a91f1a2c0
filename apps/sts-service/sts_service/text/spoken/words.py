"""What the rules must know of a language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Counted = tuple[str, str]
"""For one, and for any other number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    number_language: str
    """As num2words names it."""
    decimal_mark: str
    group_marks: str
    """Characters that may stand between groups of three digits."""
    point: str
    """Said for the decimal mark."""
    minus: str
    percent: str
    plus: str
    to: str
    """Between the two numbers of a score or a range."""
    and_: str
    """For an ampersand."""
    number: str
    """For a number sign."""
    degrees: Mapping[str, Counted]
    """By scale: "", "C", "F"."""
    money: Mapping[str, Counted]
    """By sign."""
    names_years: bool = False
    """1939 is "nineteen thirty-nine"."""
    of_money: str = ""
    """Between a million and its money: "de" in "dos millones de euros"."""
    millions: tuple[str, ...] = ()
    """Words that may stand between a number and its money, or after a sign and its number."""
    units: Mapping[str, Counted] = field(default_factory=dict)
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    ordinal_marks: Mapping[str, str] = field(default_factory=dict)
    """What follows a number, and the ending that replaces the ordinal's own: "" keeps it."""
    before_noun: tuple[tuple[str, str], ...] = ()
    """Endings of a number that are shortened before what is counted."""
