"""What a fragment has for the next one, and what one has that comes late or again."""

import numpy as np
from sts_service.asr import RATE_HZ, Samples, Word
from sts_service.audio import Clip
from sts_service.full.edges import MOST_LEFT_S, RUN_UP_S, WHOLE, Division, Edge
from sts_service.full.handover import REMEMBERED, Before, Handovers
from sts_service.full.piece import Piece, follow

LEFT = Edge(left_s=0.5, left=(Word("even", -0.5, 0.0),), last=Word("good", -1.0, -0.6))
OWED = (Word("even", 0.0, 0.0),)


def piece(value: float = 0.1, seconds: float = 6.0, pts_s: float | None = None) -> Piece:
    samples: Samples = np.full(round(seconds * RATE_HZ), value, np.float32)
    return Piece(
        clip=Clip(samples[:, np.newaxis], RATE_HZ),
        heard=samples,
        quiet_s=0.0,
        digest=0,
        pts_ns=None if pts_s is None else round(pts_s * 1e9),
    )


def left(handovers: Handovers[str], number: int, sound: Piece, edge: Edge = WHOLE, *own: Word) -> None:
    before = handovers.before(number, sound)
    handovers.leave(number, number, sound, before, Division(own, edge), f"heard {number}")


def test_the_next_fragment_has_the_sound_before_it_and_the_edge() -> None:
    handovers: Handovers[str] = Handovers()
    left(handovers, 0, piece(0.1), LEFT)
    before = handovers.before(1, piece())
    assert before.edge == LEFT
    assert before.owed == ()
    assert before.may_leave
    assert len(before.tail) == round((MOST_LEFT_S + RUN_UP_S) * RATE_HZ)


def test_of_short_fragments_the_sound_of_several_is_there() -> None:
    handovers: Handovers[str] = Handovers()
    for number in range(10):
        left(handovers, number, piece(number / 10, seconds=0.5))
    tail = handovers.before(10, piece()).tail
    assert [round(float(value), 1) for value in np.unique(tail)] == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert tail[0] < tail[-1]


def test_after_a_jump_of_the_source_the_words_are_owed_and_nothing_is_heard_twice() -> None:
    handovers: Handovers[str] = Handovers()
    left(handovers, 0, piece(pts_s=0.0), LEFT)
    assert handovers.before(1, piece(pts_s=6.04)).edge == LEFT, "no jump: times are rounded"
    before = handovers.before(1, piece(pts_s=16.0))
    assert (before.edge, before.owed, len(before.tail)) == (WHOLE, OWED, 0)


def test_after_a_failure_the_words_are_owed_and_the_sound_is_there() -> None:
    handovers: Handovers[str] = Handovers()
    left(handovers, 0, piece(), LEFT)
    handovers.fail(1, piece(), handovers.before(1, piece()))
    handovers.fail(2, piece(), handovers.before(2, piece()))
    before = handovers.before(3, piece())
    assert (before.edge, before.owed) == (WHOLE, OWED)
    assert len(before.tail) > 0
    assert handovers.heard(1, 1) is None


def test_a_late_one_whose_predecessor_is_unknown_has_nothing_and_leaves_nothing() -> None:
    handovers: Handovers[str] = Handovers()
    left(handovers, 5, piece(), LEFT)
    before = handovers.before(3, piece())
    assert (before.edge, before.owed, len(before.tail)) == (WHOLE, (), 0)
    assert not before.may_leave


def test_a_late_one_says_neither_what_was_left_to_it_nor_what_its_successor_took() -> None:
    handovers: Handovers[str] = Handovers()
    left(handovers, 0, piece(pts_s=0.0), LEFT)
    left(handovers, 2, piece(pts_s=12.0), WHOLE, Word("late", -0.4, 0.3))
    before = handovers.before(1, piece(pts_s=6.0))
    assert before.edge == Edge(last=LEFT.left[0], is_word_cut=True)
    assert before.owed == ()
    assert not before.may_leave
    words = (Word("a", 5.0, 5.4), Word("lat", 5.6, 6.0))
    assert before.free(words, 6.0) == words[:1]
    assert Before(np.zeros(0, np.float32), WHOLE, ()).free(words, 6.0) == words


def test_the_same_fragment_again_is_known_by_its_key_only() -> None:
    handovers: Handovers[str] = Handovers()
    left(handovers, 0, piece())
    assert handovers.heard(0, 0) == "heard 0"
    assert handovers.heard(0, "another sound") is None
    assert handovers.heard(1, 0) is None


def test_only_the_latest_fragments_are_remembered() -> None:
    handovers: Handovers[str] = Handovers()
    for number in range(REMEMBERED + 5):
        left(handovers, number, piece(seconds=0.1))
    assert [number for number in range(REMEMBERED + 5) if handovers.heard(number, number)] == [
        *range(5, REMEMBERED + 5)
    ]
    handovers.clear()
    assert handovers.heard(REMEMBERED, REMEMBERED) is None


def test_fragments_follow_each_other_within_the_rounding_of_their_times() -> None:
    assert follow(None, 5)
    assert follow(5, None)
    assert follow(0, 50_000_000)
    assert follow(50_000_000, 0)
    assert not follow(0, 50_000_001)
