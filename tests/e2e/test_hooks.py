"""The hook path: a publisher appears and is dubbed, by one worker, whatever befalls those who see to it."""

from itertools import pairwise

import pytest
from live.measure import assert_copied, assert_in_sync, shifts
from media_service.testmedia import sound_faults
from media_service.testmedia.media import Media

from e2e.hooked import BLINK_S, GRACE_S, HOOKS, KEY, STREAMS, Hooked, Pids
from e2e.house import Figures

APPEARS_S, BACK_S = 2.0, 3.0
"""The product's promises, by the orchestrator's own log: how long a busy machine takes to start a publisher,
or a worker's media, is not part of them.
"""
PAUSE_MS = 1000


def ours(pids: Pids) -> dict[str, list[int]]:
    """Without the forwarder to the dead destination, which comes and goes."""
    return {name: found for name, found in pids.items() if name != "_fwd1-sent"}


def silences(media: Media) -> list[sound_faults.Span]:
    """While there was a picture; after the publisher's end silence is right."""
    assert media.sound is not None
    end_ns = max(packet.pts_ns for packet in media.of("video")) - 1_000_000_000
    first_ns = int(media.sound.pts_ns[0]) + 200_000_000
    return [span for span in sound_faults.silences(media.sound) if first_ns < span.start_ns < end_ns]


@pytest.mark.parametrize("name", STREAMS)
def test_within_two_seconds_exactly_one_worker_runs(hooked: Hooked, name: str, figures: Figures) -> None:
    took_s = hooked.started_s[name][0] - hooked.published_s[name]
    whole_s = hooked.started_s[name][0] - hooked.began_s[name]
    figures(f"{name}: worker {took_s:.3f} s after the hook, {whole_s:.2f} s after the publisher's start")
    assert 0 <= took_s < APPEARS_S
    assert [len(hooked.pids["on air"][name]) for name in STREAMS] == [1, 1, 1]


def test_the_dubbed_path_plays(hooked: Hooked) -> None:
    media = hooked.recordings["match-out"].media
    assert_copied(media, hooked.source, least=20)
    assert_in_sync(shifts(media, hooked.source), least=2, unpaired=1)


def test_ten_repeated_and_reordered_hooks_change_nothing(hooked: Hooked) -> None:
    assert hooked.answers == [200] * len(HOOKS)
    assert len(HOOKS) == 10
    assert ours(hooked.pids["after the hooks"]) == ours(hooked.pids["on air"])


def test_a_worker_that_is_killed_is_back_within_three_seconds(hooked: Hooked, figures: Figures) -> None:
    assert len(hooked.started_s["match"]) == 2
    took_s = hooked.started_s["match"][1] - hooked.killed_s
    figures(f"another worker {took_s:.3f} s after the death of the first")
    assert 0 < took_s < BACK_S
    (before,), (after,) = hooked.pids["after the hooks"]["match"], hooked.pids["after the stumbles"]["match"]
    assert before != after
    media = hooked.recordings["match-again"].media
    assert len(media.of("video")) > 5
    assert len(media.of("audio")) > 50


def test_a_worker_outlives_its_publisher_s_blink(hooked: Hooked) -> None:
    assert hooked.pids["after the stumbles"]["blink"] == hooked.pids["on air"]["blink"]
    assert len(hooked.started_s["blink"]) == 1
    media = hooked.recordings["blink-out"].media
    pts_ns = sorted(packet.pts_ns for packet in media.of("video"))
    gap_ns, gap_ends_ns = max((after - before, after) for before, after in pairwise(pts_ns))
    assert BLINK_S - 0.5 < gap_ns / 1e9 < GRACE_S
    assert pts_ns[-1] - gap_ends_ns > 2e9, "the same connection shows the publisher's return"


def test_an_orchestrator_that_is_killed_adopts_what_runs(hooked: Hooked) -> None:
    moments = ("before its death", "without it", "in its second life")
    before, without, after = (ours(hooked.pids[moment]) for moment in moments)
    assert before == without == after
    assert {*STREAMS, "_fwd2-sent"} == before.keys()
    assert [len(found) for found in after.values()] == [1] * 4
    found = hooked.logs.count('"worker found running"')
    assert found == len(STREAMS)


def test_a_dead_destination_is_tried_again_and_shows_no_key(hooked: Hooked) -> None:
    dead, alive = hooked.forwards["before"]
    assert dead["attempts"] >= 2
    assert alive["state"] == "running"
    assert hooked.forwards["after"][1]["state"] == "running"
    assert "forwarder ended, again in" in hooked.logs
    assert KEY not in hooked.logs
    assert KEY not in str(hooked.forwards)


@pytest.mark.parametrize("name", ["sent-out", "cdn"])
def test_the_stream_that_is_sent_on_is_harmed_by_nothing(hooked: Hooked, name: str, figures: Figures) -> None:
    """Neither by its dead destination nor by the orchestrator's death: from its beginning to its end."""
    recording, source = hooked.recordings[name], hooked.recordings["sent-in"]
    found = shifts(recording.media, hooked.source)
    figures(
        f"{name}: {found}; longest pause {recording.longest_pause_ms:.0f} ms, "
        f"source {source.longest_pause_ms:.0f} ms"
    )
    assert_copied(recording.media, hooked.source, least=100)
    assert_in_sync(found, least=10, unpaired=1)
    assert recording.media.sound is not None
    assert sound_faults.breaks(recording.media.sound) == []
    assert silences(recording.media) == []
    assert recording.longest_pause_ms <= PAUSE_MS + source.longest_pause_ms


def test_when_the_publishers_have_left_for_good_nothing_runs(hooked: Hooked) -> None:
    for name in STREAMS:
        told = hooked.told[name]
        assert (told["phase"], told["publishing"], told["pid"]) == ("waiting", False, None)
    crashes = [told["restarts"] for told in hooked.told.values()]
    assert crashes == [0, 0, 0], "as the second life counts"
