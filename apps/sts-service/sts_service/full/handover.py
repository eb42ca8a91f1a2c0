"""What each fragment of a stream has for its successors: the end of its sound, and words that it has not
said.

A fragment that has its turn after a higher number (late, or sent again) finds its edges settled: it leaves
nothing, what was left to it has been said by another, and its successor may have taken its last word. Pure.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from sts_service.asr import RATE_HZ, Samples, Word
from sts_service.full.edges import MOST_LEFT_S, RUN_UP_S, WHOLE, Division, Edge, late
from sts_service.full.piece import Piece, follow

REMEMBERED = 16
"""Fragments back; a retry comes sooner."""

_TAIL = round((MOST_LEFT_S + RUN_UP_S) * RATE_HZ)
_NOTHING: Samples = np.zeros(0, np.float32)

H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class Before:
    """What a fragment has from those before it."""

    tail: Samples
    """Sound right before its first sample; empty where nothing is known of it."""
    edge: Edge
    owed: tuple[Word, ...]
    """To be said before its own."""
    may_leave: bool = True
    taken_s: float = 0.0
    """How long before its end the words begin that its successor has said already."""

    def free(self, words: tuple[Word, ...], length_s: float) -> tuple[Word, ...]:
        """Those that its successor has not said."""
        if not self.taken_s:
            return words
        return tuple(word for word in words if (word.start_s + word.end_s) / 2 < length_s - self.taken_s)


@dataclass(frozen=True, slots=True)
class _Left(Generic[H]):
    tail: Samples
    begin_ns: int | None
    end_ns: int | None
    edge: Edge
    owed: tuple[Word, ...] = ()
    took_s: float = 0.0
    """How long before its beginning its own words begin."""
    key: object = None
    heard: H | None = None
    """None where it could not be transcribed."""


class Handovers(Generic[H]):
    """One stream's; `H` is what was made of a fragment."""

    def __init__(self) -> None:
        self._left: dict[int, _Left[H]] = {}

    def heard(self, number: int, key: object) -> H | None:
        """What was made of this very fragment before: its edges have been handed on, so it stands."""
        left = self._left.get(number)
        return left.heard if left and left.key == key else None

    def before(self, number: int, piece: Piece) -> Before:
        previous = self._left.get(number - 1)
        if previous and not follow(previous.end_ns, piece.pts_ns):
            previous = None
        if any(other > number for other in self._left):
            return self._before_a_late_one(number, piece, previous)
        if previous:
            return Before(previous.tail, previous.edge, previous.owed)
        return Before(_NOTHING, WHOLE, self._owed_before(number))

    def leave(
        self,
        number: int,
        key: object,
        piece: Piece,
        before: Before,
        division: Division,
        heard: H,
    ) -> None:
        """The fragment has been transcribed."""
        took_s = max(0.0, -division.own[0].start_s) if division.own else 0.0
        tail = _tail(before.tail, piece)
        self._keep(
            number,
            _Left(tail, piece.pts_ns, piece.end_ns, division.edge, took_s=took_s, key=key, heard=heard),
        )

    def fail(self, number: int, piece: Piece, before: Before) -> None:
        """It has not: the next one hears the end of it, and owes what was left to it."""
        owed = (*before.owed, *late(before.edge))
        self._keep(number, _Left(_tail(before.tail, piece), piece.pts_ns, piece.end_ns, WHOLE, owed=owed))

    def clear(self) -> None:
        self._left.clear()

    def _before_a_late_one(self, number: int, piece: Piece, previous: "_Left[H] | None") -> Before:
        after = self._left.get(number + 1)
        taken_s = after.took_s if after and follow(piece.end_ns, after.begin_ns) else 0.0
        if previous is None:
            return Before(_NOTHING, WHOLE, (), may_leave=False, taken_s=taken_s)
        # What was left to it has been said by another.
        left = previous.edge.left
        edge = Edge(
            last=left[-1] if left else previous.edge.last,
            is_word_cut=bool(left) or previous.edge.is_word_cut,
        )
        return Before(previous.tail, edge, (), may_leave=False, taken_s=taken_s)

    def _owed_before(self, number: int) -> tuple[Word, ...]:
        lower = [other for other in self._left if other < number]
        if not lower:
            return ()
        left = self._left[max(lower)]
        return (*left.owed, *late(left.edge))

    def _keep(self, number: int, left: _Left[H]) -> None:
        self._left[number] = left
        while len(self._left) > REMEMBERED:
            del self._left[min(self._left)]


def _tail(before: Samples, piece: Piece) -> Samples:
    """Of a short fragment, what was before it too."""
    if len(piece.heard) >= _TAIL:
        return piece.heard[-_TAIL:].copy()
    return np.concatenate([before, piece.heard])[-_TAIL:]
