"""What a browser gets of a run: input and output play, in sync, and the same moment has the same date."""

import os

import numpy as np
import pytest
from live.measure import assert_continuous, assert_copied, assert_in_sync, shifts
from media_service.testmedia.media import read

from previews.conftest import MUTED_FROM, Shown, Spoiled

PICTURED = ("dubbed", "opus", "copied")
EVERY = (*PICTURED, "sound")


@pytest.mark.parametrize("name", EVERY)
def test_a_player_has_nothing_to_complain_of(shown: dict[str, Shown], name: str) -> None:
    assert shown[name].players == {"input": "", "output": ""}


@pytest.mark.parametrize("name", PICTURED)
@pytest.mark.parametrize("side", ["input", "output"])
def test_the_picture_is_the_sources(shown: dict[str, Shown], name: str, side: str) -> None:
    preview = getattr(shown[name], side)
    copied = assert_copied(preview.whole, shown[name].film, least=120)
    assert copied.first == 0


@pytest.mark.parametrize("name", PICTURED)
@pytest.mark.parametrize("side", ["input", "output"])
def test_sound_and_picture_keep_the_offset_that_they_came_with(
    shown: dict[str, Shown], name: str, side: str
) -> None:
    found = shifts(getattr(shown[name], side).whole, shown[name].film)
    # Those that are muted, and the last, have no beep.
    assert_in_sync(found, least=4, unpaired=9 if (name, side) == ("dubbed", "output") else 1)


@pytest.mark.parametrize("name", PICTURED)
def test_the_same_moment_has_the_same_date_in_both(shown: dict[str, Shown], name: str) -> None:
    came, went = shown[name].input.shown_ns(), shown[name].output.shown_ns()
    assert len(came.keys() & went.keys()) >= 120
    assert max(abs(went[number] - came[number]) for number in came.keys() & went.keys()) < 40e6


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("side", ["input", "output"])
def test_the_sound_has_no_gap_from_segment_to_segment(shown: dict[str, Shown], name: str, side: str) -> None:
    whole = getattr(shown[name], side).whole
    heard = whole.sound
    assert heard is not None
    assert heard.rate_hz == (44_100 if (name, side) == ("dubbed", "input") else 48_000)
    assert whole.codecs["audio"] == "aac"
    if (name, side) != ("dubbed", "output"):
        assert_continuous(whole)


@pytest.mark.parametrize("name", PICTURED)
@pytest.mark.parametrize("side", ["input", "output"])
def test_each_segment_begins_with_a_keyframe_and_plays_by_itself(
    shown: dict[str, Shown], name: str, side: str
) -> None:
    preview = getattr(shown[name], side)
    for alone in preview.media:
        assert alone.of("video")[0].keyframe
        assert alone.frames is not None
        assert len(alone.frames) == len(alone.of("video"))
        assert not alone.undecodable


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("side", ["input", "output"])
def test_segments_are_two_seconds_or_the_group_of_pictures_and_dates_go_on_with_them(
    shown: dict[str, Shown], name: str, side: str
) -> None:
    playlist = getattr(shown[name], side).playlist
    length_s = 2.5 if name == "opus" else 2.0
    for part, after in zip(playlist.parts, playlist.parts[1:], strict=False):
        assert part.duration_ns == pytest.approx(length_s * 1e9, abs=30e6)
        assert after.wall_ns - part.wall_ns == pytest.approx(part.duration_ns, abs=2e6)
    assert [part.discontinuity for part in playlist.parts] == [True] + [False] * (len(playlist.parts) - 1)


@pytest.mark.parametrize("name", EVERY)
def test_dates_are_those_at_which_the_source_came_and_the_output_is_behind_by_the_delay(
    shown: dict[str, Shown], name: str
) -> None:
    run = shown[name]
    came, went = run.input.playlist.parts, run.output.playlist.parts
    assert run.begun_ns < came[0].wall_ns
    end_ns = came[-1].wall_ns + came[-1].duration_ns
    # A file is read half a second ahead; what comes is in the playlist a segment later.
    assert run.taken_ns - 30e9 < end_ns < run.taken_ns + 1e9
    assert went[-1].wall_ns + went[-1].duration_ns < run.taken_ns - 3.4e9


def test_the_preview_of_the_output_carries_what_is_on_air(shown: dict[str, Shown]) -> None:
    heard = shown["dubbed"].output.whole.sound
    assert heard is not None
    loud = [
        float(np.abs(block).max()) > 0.01
        for block in np.array_split(heard.mono, round(len(heard.mono) / heard.rate_hz))
    ]
    assert loud[1 : 2 * MUTED_FROM - 1] == [True] * (2 * MUTED_FROM - 2)
    assert not any(loud[-2:]), "muted by the operator"
    before = shown["dubbed"].input.whole.sound
    assert before is not None
    assert float(np.abs(before.mono[-before.rate_hz :]).max()) > 0.01, "the input is not"


@pytest.mark.parametrize("name", EVERY)
def test_the_status_and_the_metrics_tell_and_the_folder_is_gone_at_the_end(
    shown: dict[str, Shown], name: str
) -> None:
    run = shown[name]
    assert run.status["preview"] == {"state": "on", "reason": None}
    written = run.metrics['worker_preview_segments_total{of="output"}']
    assert 0 < written <= len(run.output.playlist.parts) + 1
    assert run.left == []


def test_a_full_disk_ends_the_previews_and_the_stream_does_not_notice(spoiled: Spoiled) -> None:
    words = os.strerror(28)
    assert spoiled.preview == {"state": "failed", "reason": words}
    assert spoiled.warnings == [f"previews are off: {words}"]
    assert spoiled.exit_code == 0
    assert spoiled.left == []
    recording, source = read(spoiled.out), read(spoiled.source)
    assert assert_copied(recording, source, least=1).matched == len(source.of("video"))
    assert_continuous(recording)
    assert_in_sync(shifts(recording, source), least=6)
