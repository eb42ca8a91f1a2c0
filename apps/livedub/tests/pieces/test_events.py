"""The worker's feed is read as the worker writes it, however the bytes are cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from livedub.dub.events import Change, Feed, Segment, Slot, Told
from livedub.dub.tally import Tally
from media_service.worker.events import SlotOutcome, StateChange

from pieces.events_of import feed_of, slot

EVENTS = (
    StateChange(what="input", to="up"),
    SlotOutcome(
        batch_number=0,
        fragment_id="f",
        start_ns=66_000_000,
        duration_ns=3_000_000_000,
        outcome="dubbed",
        transcript="good\nevening",
        translation="buenas tardes",
        segments=((500, 900, "good"), (900, 1500, "evening")),
    ),
    SlotOutcome(
        batch_number=1,
        fragment_id=None,
        start_ns=3_066_000_000,
        duration_ns=2_000_000_000,
        outcome="fallback",
        reason="TIMEOUT",
    ),
    StateChange(what="sts", to="disconnected", reason="silent"),
)
TOLD = [
    Told(1, "run-1-1", Change("input", "up", None)),
    Told(
        2,
        "run-1-2",
        Slot(
            0,
            66,
            3066,
            "dubbed",
            None,
            "good\nevening",
            "buenas tardes",
            (Segment(566, 966, "good"), Segment(966, 1566, "evening")),
        ),
    ),
    Told(3, "run-1-3", Slot(1, 3066, 5066, "fallback", "TIMEOUT", "", "", ())),
    Told(4, "run-1-4", Change("sts", "disconnected", "silent")),
]


@given(st.lists(st.integers(0, 2000), max_size=8))
def test_events_are_read_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    data = b"retry: 1000\n\n" + feed_of(EVENTS[:2]) + b":\n\n" + feed_of(EVENTS)[len(feed_of(EVENTS[:2])) :]
    feed = Feed()
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    told = [each for a, b in pairwise(places) for each in feed.take(data[a:b])]
    assert told == TOLD


def test_what_a_listener_hears_is_told_from_outcome_and_words() -> None:
    assert slot().heard == "dubbed"
    assert slot(outcome="partial").heard == "dubbed"
    assert slot(transcript=" ").heard == "without speech"
    assert slot(outcome="fallback", transcript="").heard == "original"


def test_an_event_that_comes_twice_counts_once_and_one_that_never_came_is_known() -> None:
    tally = Tally()
    assert tally.tell(TOLD[0])
    assert tally.tell(TOLD[2])
    assert not tally.tell(TOLD[2])
    assert not tally.tell(TOLD[1])
    assert (tally.missed, tally.fragments, tally.position_ms) == (1, 1, 5066)
    assert (dict(tally.reasons), tally.last_id) == ({"TIMEOUT": 1}, "run-1-3")
    assert tally.tell(TOLD[3])
    assert tally.states["sts"].to == "disconnected"
