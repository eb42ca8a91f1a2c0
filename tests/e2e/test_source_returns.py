"""A publisher that is gone for five seconds and comes back: the output has stayed, and is in sync again."""

from itertools import pairwise

from live.measure import assert_in_sync, seconds_seen, shifts
from media_service.testmedia import sound_faults
from media_service.testmedia.analysis import video_copied

from e2e.absent import AFTER_S, GONE_S, Absent
from e2e.house import Figures, is_dubbed

MOST_LONGER_S = 10.0
"""Attempts lie 1, 2 and 4 s apart, and a publisher takes its time to start."""


def test_the_output_stays_connected(absent: Absent) -> None:
    channel = absent.channel
    assert channel.exit_code == 0
    assert len(channel.changes("output", to="up")) == 1
    assert not channel.changes("output", to="lost")
    assert channel.metrics['worker_reconnects_total{side="input"}'] == 1
    assert channel.metrics.get('worker_reconnects_total{side="output"}', 0) == 0


def test_it_is_in_sync_before_and_after(absent: Absent, figures: Figures) -> None:
    media = absent.channel.recording.media
    found = shifts(media, *absent.sources)
    figures(f"{found}")
    assert_in_sync(found, least=AFTER_S, unpaired=1)
    assert seconds_seen(media)[-1] in (AFTER_S - 2, AFTER_S - 1), "the second programme is there to its end"


def test_both_programmes_are_there_unchanged_and_nothing_else(absent: Absent) -> None:
    media = absent.channel.recording.media
    first, second = (video_copied(media, source) for source in absent.sources)
    assert second.matched >= 30 * (AFTER_S - 2)
    assert first.matched + second.matched == len(media.of("video"))
    for copied in (first, second):
        assert (copied.lost, copied.doubled, copied.reordered) == ([], [], 0), copied


def test_the_absence_is_as_long_in_picture_and_sound(absent: Absent) -> None:
    media = absent.channel.recording.media
    pts_ns = sorted(frame.pts_ns for frame in media.frames or [])
    gap_s = max(after - before for before, after in pairwise(pts_ns)) / 1e9
    assert GONE_S - 0.5 <= gap_s <= GONE_S + MOST_LONGER_S
    assert media.sound is not None
    assert not sound_faults.breaks(media.sound), "the sound goes on, if silently"
    first_ns, last_ns = media.sound.pts_ns[0] + 2e8, media.sound.pts_ns[-1] - 1e9
    silences = [
        span
        for span in sound_faults.silences(media.sound)
        if first_ns < span.start_ns and span.end_ns < last_ns
    ]
    assert len(silences) == 1, silences
    assert abs(silences[0].length_ms / 1000 - gap_s) < 0.5, (silences, gap_s)


def test_the_second_programme_is_dubbed_too(absent: Absent) -> None:
    after = absent.channel.changes("input", to="up")[-1]["at_unix_ms"]
    outcomes = [is_dubbed(slot) for slot in absent.channel.slots if slot["at_unix_ms"] > after + 3500]
    assert sum(outcomes) >= AFTER_S // 2 - 2, absent.channel.slots
