"""What holds for every worker, whatever its service does."""

from typing import Any

from faults.crowd import AV_OFFSET_MS, Station, is_dubbed

MOST_PAUSE_MS, PATIENT_PAUSE_MS = 200, 1000
"""A stall is one of a slot, or for good."""
FEWEST_TOLD = 0.9
CLICK_DBFS = -50
"""Most hard changes of sign are louder above 9 kHz; what an encoder makes of a syllable is not."""
CUT_TO_PLAY_MS = AV_OFFSET_MS
SLACK_MS = 500


def goes_on(station: Station) -> None:
    """The output never pauses, is never silent, never clicks."""
    most_ms = PATIENT_PAUSE_MS if station.crowd.patient else MOST_PAUSE_MS
    allowed_ms = most_ms + station.crowd.longest_pause_ms
    assert station.longest_pause_ms <= allowed_ms, f"{station.longest_pause_ms} ms, source {allowed_ms}"
    assert station.silences() == []
    clicks = [click for click in station.clicks if click.level_dbfs > CLICK_DBFS]
    # Where packets are missing, it was lost on the way to the recorder.
    assert clicks == [], (clicks, station.breaks())


def plays_what_it_says(station: Station) -> None:
    """Where the worker says dub the dub is heard, where it says fallback the original, and nowhere else."""
    assert station.heard.told >= FEWEST_TOLD
    found = station.agreement
    slots = station.slots
    spoken_ms = sum(slot["duration_ns"] for slot in slots) / 1e6
    assert found.blocks * 20 > 0.8 * min(spoken_ms, station.recorded_s * 1000) - 2000, found
    assert found.wrong == 0, found


def falls_back_only_when_troubled(station: Station, well_ms: int) -> None:
    """Slots that were over before the trouble, or were cut after its end, are dubbed; those that were cut and
    decided in the midst of it are not.
    """
    trouble_ms = station.facts["trouble_ms"]
    for slot in station.settled_slots:
        decided_ms = slot["at_unix_ms"]
        cut_ms = decided_ms - CUT_TO_PLAY_MS
        if decided_ms < trouble_ms or cut_ms > well_ms + SLACK_MS:
            assert is_dubbed(slot), slot
        elif cut_ms > trouble_ms + SLACK_MS and decided_ms < min(station.facts["healed_ms"], well_ms):
            assert not is_dubbed(slot), slot


def waits(found: list[float], meant_s: list[float]) -> None:
    """Never sooner; how much later is the machine's business."""
    for step, least_s in zip(found, meant_s, strict=True):
        assert least_s - 0.3 <= step < least_s + 3, (found, meant_s)


def counts_what_happened(station: Station) -> None:
    """The metrics tell the same as the events."""
    slots: list[dict[str, Any]] = station.slots
    for outcome in ("dubbed", "partial", "fallback"):
        said = sum(slot["outcome"] == outcome for slot in slots)
        assert abs(station.metric(f'worker_audio_fragments_total{{outcome="{outcome}"}}') - said) <= 1
    for reason in set(station.fallen.values()):
        said = sum(other == reason for other in station.fallen.values())
        counted = station.metric(f'worker_fallback_total{{reason="{reason.lower()}"}}')
        assert abs(counted - said) <= 1, reason
    for state in ("open", "half_open", "closed"):
        said = len([change for change in station.changes("breaker") if change["to"] == state])
        assert station.metric(f'worker_sts_breaker_transitions_total{{to="{state}"}}') == said
