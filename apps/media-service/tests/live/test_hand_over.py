"""A worker is replaced while its stream is on air: viewers and the speech service see one stream."""

import asyncio
from itertools import pairwise

import numpy as np
import pytest
from faults.heard import compare, source_sound
from media_service.testmedia.access import Kind
from media_service.testmedia.arrivals import pauses

from live.change import Change, changed
from live.measure import assert_continuous, assert_copied, assert_in_sync, shifts

LONGEST_MS = 1000.0
"""Some 150 on a machine that has nothing else to do."""


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Change:
    return asyncio.run(changed(tmp_path_factory.mktemp("change")))


def test_every_picture_goes_out_once_and_in_order_through_the_change(change: Change) -> None:
    assert_copied(change.recording, change.source, least=550)


def test_both_clocks_of_the_output_go_on_as_if_nothing_had_been(change: Change) -> None:
    """The source has a picture each 33.3 ms, a frame of sound lasts 21.3; stamps are whole milliseconds."""
    limits: tuple[tuple[Kind, float], ...] = (("video", 36.0), ("audio", 23.0))
    for kind, most_ms in limits:
        stamps = [(packet.dts_ns or 0) / 1e6 for packet in change.recording.of(kind)]
        steps = [after - before for before, after in pairwise(stamps)]
        assert max(steps) < most_ms
        assert min(steps) > 0


def test_no_slot_plays_the_original_and_nothing_clicks(change: Change) -> None:
    sound = change.recording.sound
    assert sound is not None
    heard = compare(sound, source_sound(change.source.path))
    # What is left of the last slot, once the source has gone, is too short to be dubbed.
    before_the_end = heard.at_ns < heard.at_ns[-1] - 2_500_000_000
    assert int(np.sum(heard.signs[before_the_end] > 0)) == 0
    assert heard.told > 0.9
    assert_continuous(change.recording)


def test_sync_is_the_same_before_and_after(change: Change) -> None:
    assert_in_sync(shifts(change.recording, change.source), least=18, worst_ms=5.0, median_ms=2.0)


def test_the_output_pauses_only_while_the_other_one_connects(change: Change) -> None:
    around = pauses(
        change.recording,
        from_ns=change.changed_ns - 3_000_000_000,
        to_ns=change.changed_ns + 2_000_000_000,
    )
    assert all(pause.length_ms < LONGEST_MS for pause in around), around


def test_the_first_one_says_what_became_of_it_and_ends_well(change: Change) -> None:
    assert change.codes == {"first": 0, "second": 0}
    assert change.first.log_lines(message="the output is the successor's")
    assert change.second.log_lines(message="the output is taken over from the predecessor, at its word")


def test_the_speech_service_had_a_session_of_each(change: Change) -> None:
    """Neither was thrown out by the other."""
    for worker in (change.first, change.second):
        assert not worker.events("slot", outcome="fallback", reason="disconnected")
