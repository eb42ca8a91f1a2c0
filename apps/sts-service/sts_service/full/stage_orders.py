"""What a stage has to do, as its queue decides.

Of `Answer`, `Expire` and `Refuse` each call meets exactly one, unless it is withdrawn.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Begin:
    """The call runs in this place from now on."""

    ticket: int
    place: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The call's caller gets what it came to."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Expire:
    """The call's caller waits no longer; whatever it comes to is ignored."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call never runs, or never ends: there is no engine."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Abandon:
    """Nobody waits for what runs in this place."""

    place: int


@dataclass(frozen=True, slots=True)
class Replace:
    """This place needs another engine; `back` or `failed` follows."""

    place: int


Order: TypeAlias = Begin | Answer | Expire | Refuse | Abandon | Replace
