"""A minute's talk through the embedded engines: what is not dubbed is the script, what is dubbed, speech."""

import asyncio

import pytest
from live.measure import assert_copied, assert_in_sync, shifts
from media_service.testmedia import sound_faults
from speech import word_error_rate
from sts_service.asr.pocketsphinx import PocketSphinx

from e2e.house import Figures, is_dubbed
from e2e.listening import Listening, listening
from e2e.read import CUTS, LENGTH_S, Read

MOST_ERRORS = 0.3
"""Of the words of the original's sentences, encoded twice. The engine itself has 5 % with this voice."""
MOST_SENTENCES = 4
"""To be listened to: each takes a second."""
MOST_ERRORS_TOLD = {"fixed": 0.4, "pause": 0.25}
"""Of the words of the events' transcripts: a cut at any place costs some."""
FEWEST_DUBBED = 0.6
"""Of the slots, on a machine that is not `BUSY`."""
BUSY = 3.5
"""So many programs at once want each core, most of them not ours: the engines cannot keep up."""
TOO_SLOW = {"deadline", "timeout", "TIMEOUT", "breaker_open", "backpressure", "no_time"}
TOO_LONG = {"DURATION_MISMATCH_EXCEEDED"}
"""Of some sentences' translation; where a sentence is cut decides on it."""
FAINT_DB, SAME_DB = -10.0, -1.5
"""The source in what is heard: under a dub, at most; in an original, at least."""
SPEECH = 0.2
"""Of a slot's length, at least, somebody speaks."""
SILENCE_DBFS = -45.0


@pytest.fixture(scope="session", params=CUTS)
def heard(read: Read, request: pytest.FixtureRequest) -> Listening:
    return listening(read, request.param)


def test_most_slots_are_dubbed(heard: Listening, read: Read, figures: Figures) -> None:
    slots = heard.slots
    dubbed = [slot for slot in slots if is_dubbed(slot)]
    reasons = [slot["reason"] for slot in slots if not is_dubbed(slot)]
    figures(
        f"{heard.name}: {len(dubbed)} of {len(slots)} slots dubbed, {reasons}; load {read.load:.1f} a core"
    )
    assert len(slots) >= LENGTH_S // 6 - 1
    assert set(reasons) <= TOO_SLOW | TOO_LONG
    if read.load < BUSY:
        margins = sorted(slot["margin_ms"] for slot in dubbed)
        figures(f"{heard.name}: early by {margins[0]:.0f} to {margins[-1]:.0f} ms")
        assert len(dubbed) >= FEWEST_DUBBED * len(slots), reasons


def test_the_events_tell_what_was_said_and_how_it_was_translated(heard: Listening, figures: Figures) -> None:
    dubbed = [slot for slot in heard.spoken if is_dubbed(slot)]
    for slot in dubbed:
        assert slot["transcript"]
        assert slot["translation"]
        assert slot["translation"] != slot["transcript"]
    if len(dubbed) == len(heard.spoken):
        told = " ".join(slot["transcript"] for slot in dubbed)
        rate = word_error_rate([(" ".join(one.text for one in heard.talk.sentences), told)])
        figures(f"{heard.name}: {100 * rate:.1f} % of the words of the events' transcripts are wrong")
        assert rate <= MOST_ERRORS_TOLD[heard.name], told


def test_what_is_not_dubbed_is_the_script(heard: Listening, figures: Figures) -> None:
    sentences = [one for span in heard.originals for one in heard.talk.said_within(*span)][:MOST_SENTENCES]
    assert sentences, heard.originals
    engine = PocketSphinx()

    async def listened() -> list[tuple[str, str]]:
        parts = [(one.text, heard.part(one.start_s - 0.2, one.end_s + 0.2)) for one in sentences]
        return [(text, (await engine.transcribe(part, "en", "")).text) for text, part in parts]

    said = asyncio.run(listened())
    rate = word_error_rate(said)
    figures(f"{heard.name}: {len(said)} original sentences, {100 * rate:.1f} % of the words are wrong")
    assert rate <= MOST_ERRORS, said
    for one in sentences:
        assert heard.source_db(one.start_s, one.end_s) > SAME_DB, one


def test_what_is_dubbed_is_speech_and_not_the_source(heard: Listening, read: Read) -> None:
    if not heard.dubs and read.load > BUSY:
        pytest.skip(f"with a load of {read.load:.1f} a core no dub was in time")
    assert heard.dubs
    for start_s, end_s in heard.dubs:
        assert heard.speaks(start_s, end_s) >= SPEECH, (start_s, end_s)
        assert heard.level_dbfs(start_s, end_s) > SILENCE_DBFS, (start_s, end_s)
        assert heard.source_db(start_s, end_s) < FAINT_DB, (start_s, end_s)


def test_picture_and_beeps_are_in_sync(heard: Listening, read: Read, figures: Figures) -> None:
    """Where the original is heard; where a dub replaces it there is no beep to measure."""
    found = heard.in_sync(shifts(heard.media, read.source))
    figures(f"{heard.name}: {found}")
    assert_in_sync(found, least=2)


def test_the_picture_is_untouched_and_the_sound_without_a_gap(heard: Listening, read: Read) -> None:
    assert_copied(heard.media, read.source, least=30 * (LENGTH_S - 3))
    assert heard.media.sound is not None
    assert sound_faults.breaks(heard.media.sound) == []
    assert not any(sound_faults.backwards(heard.media.of(kind)) for kind in heard.media.codecs)


def test_it_ends_with_its_source(heard: Listening) -> None:
    assert heard.exit_code == 0
