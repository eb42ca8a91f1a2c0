"""Which words are a fragment's own, where a cut may run through the middle of one. Pure.

A fragment is heard with the end of the one before it as lead-in. All times are seconds from the fragment's
first sample, so those in the lead-in are negative. The last word, where sound goes on right up to the cut,
may go on behind it: it is left to the next fragment, which hears it whole, and says everything that comes
after the last word that was said. That word is known again by its text and its place; where it is not heard
again, a word is the next fragment's own if its middle is behind the boundary: the beginning of what was left,
or else the cut.

* A word too long to be left (`MOST_LEFT_S`) is said as it was heard; the next fragment drops its rest.
* Sound that goes on to the cut without a word in it may be the beginning of one: it is left too.
* Where the next fragment hears nothing in what was left to it, the words stand as they were heard first.
* Where the next fragment does not follow on (one between them failed, or the source has jumped), it says the
  words left to it before its own. So a word is not lost when a stream pauses, but said when it goes on.
* Nothing is left by a fragment shorter than the stream's usual length, with which a source ends or pauses,
  nor by one whose successor has already been heard. Of a stream that ends with a fragment of the usual
  length, in the middle of a word, that word is not said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sts_service.asr import Word

LEAD_IN_S = 1.0
"""What a fragment hears of the one before it."""

PAUSE_S = 0.12
"""Quiet at the end of a fragment that ends a word; longer than the closure of a p, t or k within one."""

MOST_LEFT_S = 2.0
"""The longest stretch that is left to the next fragment."""

RUN_UP_S = 0.5
"""Heard before what was left, so that the recogniser does not begin in the middle of it."""

JITTER_S = 0.1
"""By which a word's time may be wrong; two hearings of the same word may differ by twice as much."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What a fragment leaves to the next one; times from the cut between them."""

    left_s: float = 0.0
    """How long before the cut the part begins that nobody has said yet."""
    left: tuple[Word, ...] = ()
    """What was heard in it."""
    last: Word | None = None
    """The last word that was said."""
    is_word_cut: bool = False
    """It was said though it touches the cut, and the next fragment may hear the rest of it."""

    @property
    def lead_in_s(self) -> float:
        return max(LEAD_IN_S, self.left_s + RUN_UP_S)


WHOLE = Edge()
"""Everything was said."""


@dataclass(frozen=True, slots=True)
class Division:
    own: tuple[Word, ...]
    edge: Edge


def divide(
    heard: Sequence[Word], length_s: float, before: Edge, *, quiet_s: float, may_leave: bool
) -> Division:
    """`heard` in the lead-in and the fragment; `quiet_s`: for how long it has been quiet at its end."""
    own = tuple(heard[_said(heard, before) :])
    goes_on = quiet_s < PAUSE_S
    if not own:
        return _without_words(length_s, before, goes_on=goes_on and may_leave)
    last = _shifted(own[-1], -length_s)
    touches = goes_on and last.end_s > -PAUSE_S
    if not touches:
        rest_s = -last.end_s - JITTER_S
        unheard_s = min(LEAD_IN_S, max(0.0, rest_s)) if goes_on and may_leave else 0.0
        return Division(own, Edge(left_s=unheard_s, last=last))
    if may_leave and -last.start_s <= MOST_LEFT_S:
        before_it = _shifted(own[-2], -length_s) if own[1:] else _later(before.last, length_s)
        return Division(own[:-1], Edge(left_s=-last.start_s, left=(last,), last=before_it))
    return Division(own, Edge(last=last, is_word_cut=True))


def late(before: Edge) -> tuple[Word, ...]:
    """What a fragment that does not follow on has to say for the one before it."""
    return tuple(replace(word, start_s=0.0, end_s=0.0) for word in before.left)


def shifted(words: Sequence[Word], by_s: float) -> tuple[Word, ...]:
    return tuple(_shifted(word, by_s) for word in words)


def _said(heard: Sequence[Word], before: Edge) -> int:
    """How many of the words have been said."""
    last = before.last
    places = range(len(heard))
    if last and before.is_word_cut:
        again = [n for n in places if heard[n].start_s < JITTER_S]
        distance_s = {n: abs(heard[n].start_s - last.start_s) for n in again}
    elif last:
        again = [n for n in places if _text(heard[n]) == _text(last)]
        distance_s = {n: abs(_middle_s(heard[n]) - _middle_s(last)) for n in again}
    else:
        distance_s = {}
    nearest = min(distance_s, key=distance_s.__getitem__, default=None)
    if nearest is not None and distance_s[nearest] <= 2 * JITTER_S:
        return nearest + 1
    if before.is_word_cut:  # its beginning is not in the lead-in
        return sum(word.start_s < -JITTER_S for word in heard)
    return sum(_middle_s(word) < -before.left_s for word in heard)


def _middle_s(word: Word) -> float:
    return (word.start_s + word.end_s) / 2


def _text(word: Word) -> str:
    """Without what depends on the words around it."""
    return "".join(character for character in word.text.casefold() if character.isalnum())


def _later(word: Word | None, length_s: float) -> Word | None:
    return _shifted(word, -length_s) if word else None


def _without_words(length_s: float, before: Edge, *, goes_on: bool) -> Division:
    unsaid_s = before.left_s + length_s
    if not goes_on:
        return Division(before.left, WHOLE)
    last = _later(before.last, length_s)
    if not before.left:
        return Division((), Edge(left_s=min(LEAD_IN_S, unsaid_s), last=last))
    if unsaid_s <= MOST_LEFT_S:
        return Division((), Edge(left_s=unsaid_s, left=shifted(before.left, -length_s), last=last))
    return Division(before.left, Edge(left_s=min(LEAD_IN_S, length_s)))


def _shifted(word: Word, by_s: float) -> Word:
    return replace(word, start_s=word.start_s + by_s, end_s=word.end_s + by_s)
