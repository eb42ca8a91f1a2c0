"""Captions can be read, lie within their slot, and hold every word of the translation, in order."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from livedub.dub.captions import HEAD, LINE_LENGTH, LINES, clock, cues
from livedub.dub.events import Segment
from livedub.dub.transcript import document

from pieces.events_of import slot

WORDS = st.lists(st.text("abcdeñ<&>-", min_size=1, max_size=30), min_size=1, max_size=60)


@given(WORDS, st.integers(0, 10_000_000), st.integers(100, 30_000), st.integers(-500, 40_000))
def test_cues_tile_the_slot_from_its_speech_to_its_end_with_every_word(
    words: list[str], start_ms: int, length_ms: int, onset_ms: int
) -> None:
    end_ms = start_ms + length_ms
    segments = (Segment(start_ms + onset_ms, start_ms + onset_ms + 300, "x"),)
    found = list(cues(slot(0, start_ms, end_ms, translation=" ".join(words), segments=segments)))
    assert found[0].start_ms == min(max(start_ms + onset_ms, start_ms), end_ms)
    assert found[-1].end_ms == end_ms
    assert all(a.end_ms == b.start_ms for a, b in pairwise(found))
    assert all(cue.start_ms <= cue.end_ms for cue in found)
    assert all(len(cue.lines) <= LINES and max(map(len, cue.lines)) <= LINE_LENGTH for cue in found)
    shown = "".join("".join(cue.lines) for cue in found).replace(" ", "")
    assert shown == "".join(words)


def test_a_slot_in_the_original_or_without_speech_has_no_cue() -> None:
    assert not list(cues(slot(outcome="fallback")))
    assert not list(cues(slot(transcript="", translation="")))


def test_a_cue_is_written_as_webvtt_with_its_marks_taken_for_letters() -> None:
    (cue,) = cues(slot(0, 3_599_900, 3_661_001, translation="uno <b> & dos --> tres"))
    assert HEAD + cue.text() == (
        "WEBVTT\n\n00:59:59.900 --> 01:01:01.001\nuno &lt;b&gt; &amp; dos --&gt; tres\n\n"
    )
    assert clock(100 * 3_600_000) == "100:00:00.000"


def test_the_transcript_holds_every_fragment_with_its_times() -> None:
    slots = [
        slot(0, segments=(Segment(500, 900, "good"),)),
        slot(1, 6000, 9000, outcome="fallback", reason="late"),
    ]
    told = json.loads(document(slots, source_language="en", target_language="es"))
    assert (told["source_language"], told["target_language"]) == ("en", "es")
    first, second = told["fragments"]
    assert first["segments"] == [{"start_ms": 500, "end_ms": 900, "text": "good"}]
    assert (first["transcript"], first["translation"], first["heard"]) == (
        "good evening",
        "buenas tardes",
        "dubbed",
    )
    assert (second["heard"], second["reason"], second["start_ms"]) == ("original", "late", 6000)
