"""The speech service is killed in mid-stream: the output goes on, original, and is dubbed again soon."""

from faults.heard import agreement, compare
from live.measure import assert_copied, assert_in_sync, shifts
from media_service.testmedia import sound_faults

from e2e.bereft import AV_OFFSET_MS, SEGMENT_S, Bereft
from e2e.house import Figures, is_dubbed

PAUSE_MS = 200
BUSY_MS = 800
"""What a machine that is busy with other stories may add."""
EDGE_S = 0.4
"""So near a slot's edge, an event by the wall clock may belong to either."""


def heard_of(bereft: Bereft, unix_ms: float) -> float:
    """In slots, and fractions of one: what the worker was taking in at this moment."""
    slots = bereft.channel.slots
    known = [slot for slot in slots if slot["at_unix_ms"] <= unix_ms] or slots[:1]
    played_s = known[-1]["start_ns"] / 1e9 + (unix_ms - known[-1]["at_unix_ms"]) / 1000
    return float((played_s + SEGMENT_S + AV_OFFSET_MS / 1000) / SEGMENT_S)


def test_the_output_goes_on_without_a_pause_or_silence(bereft: Bereft, figures: Figures) -> None:
    recording, source = bereft.channel.recording, bereft.input
    figures(f"longest pause {recording.longest_pause_ms:.0f} ms, source {source.longest_pause_ms:.0f} ms")
    assert recording.longest_pause_ms <= PAUSE_MS + BUSY_MS + source.longest_pause_ms
    heard = recording.media.sound
    assert heard is not None
    assert sound_faults.breaks(heard) == []
    first_ns = int(heard.pts_ns[0]) + 200_000_000
    assert [span for span in sound_faults.silences(heard) if span.start_ns > first_ns] == []
    clicks = [click for click in sound_faults.clicks(heard) if click.at_ns > first_ns]
    assert [click for click in clicks if click.level_dbfs > -50] == []


def test_the_original_is_heard_in_exactly_the_slots_without_a_service(
    bereft: Bereft, figures: Figures
) -> None:
    """Those that were complete, and so to be sent, while no session was there."""
    lost = heard_of(bereft, bereft.channel.changes("sts", to="disconnected")[0]["at_unix_ms"])
    found = heard_of(bereft, bereft.channel.changes("sts", to="connected")[-1]["at_unix_ms"])
    edge = EDGE_S / SEGMENT_S
    for slot in bereft.channel.slots:
        complete = slot["batch_number"] + 1
        if complete < lost - edge or complete > found + edge:
            assert is_dubbed(slot), (slot, lost, found)
        elif lost + edge < complete < found - edge:
            assert not is_dubbed(slot), (slot, lost, found)
    fallen = [slot["batch_number"] for slot in bereft.channel.slots if not is_dubbed(slot)]
    figures(f"no session from slot {lost:.2f} to {found:.2f}; original in {fallen}")
    assert fallen, "no slot was complete meanwhile"
    assert fallen == list(range(fallen[0], fallen[-1] + 1)), "one after the other"


def test_what_is_heard_is_what_the_worker_says(bereft: Bereft) -> None:
    assert bereft.channel.recording.media.sound is not None
    heard = compare(bereft.channel.recording.media.sound, bereft.sound)
    assert heard.told > 0.8
    found = agreement(heard, bereft.channel.slots)
    assert found.blocks > 0.5 * len(heard.signs), found
    assert found.wrong == 0, found


def test_it_is_dubbed_again_within_two_segments_of_the_service_s_return(
    bereft: Bereft, figures: Figures
) -> None:
    """One may pass before a connection is tried, another is under way then."""
    back = heard_of(bereft, bereft.back_ms)
    again = min(
        slot["batch_number"]
        for slot in bereft.channel.slots
        if is_dubbed(slot) and slot["at_unix_ms"] > bereft.killed_ms and slot["batch_number"] > back - 1
    )
    figures(f"back in slot {back:.2f}, dubbed again from slot {again}")
    assert again <= int(back) + 2


def test_picture_and_sync_know_nothing_of_it(bereft: Bereft, figures: Figures) -> None:
    media = bereft.channel.recording.media
    assert_copied(media, bereft.source, least=30 * 12)
    found = shifts(media, bereft.source)
    figures(f"{found}")
    assert_in_sync(found, least=12, unpaired=1)
