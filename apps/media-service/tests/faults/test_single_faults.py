"""One fragment late, failed, unreadable; backpressure; a stream taken over; a wrong key; no service."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from faults import promises
from faults.crowd import AV_OFFSET_MS, Crowd, Station
from faults.stories import (
    FAILED,
    FLEETING,
    KEY,
    LATE,
    PAUSED_AT,
    SHORT_TROUBLES,
    SLOWED_FROM,
    SLOWED_MS,
    STOPPED_AT,
    UNREADABLE,
)

# A dozen workers at once: on a busy machine single ones miss what they are asked for.
pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]

SPOKEN = [name for name in SHORT_TROUBLES if name not in ("pressed", "usurped")]
"""Whose dub can be told from the original, for long enough."""


@pytest.mark.parametrize("name", [name for name in SHORT_TROUBLES if name != "usurped"])
def test_the_output_never_pauses_is_never_silent_and_does_not_click(bothered: Crowd, name: str) -> None:
    promises.goes_on(bothered.station(name))


@pytest.mark.parametrize("name", SPOKEN)
def test_the_original_is_heard_in_exactly_the_slots_that_fell_back(bothered: Crowd, name: str) -> None:
    promises.plays_what_it_says(bothered.station(name))


@pytest.mark.parametrize("name", [name for name in SHORT_TROUBLES if name != "usurped"])
def test_events_and_metrics_tell_the_same_story(bothered: Crowd, name: str) -> None:
    promises.counts_what_happened(bothered.station(name))


def test_single_faults_cost_their_own_slots_and_no_other(bothered: Crowd) -> None:
    station = bothered.station("once")
    slots = slots_by_number(station)
    assert station.fallen == {
        slots[LATE]: "TIMEOUT",
        slots[FAILED]: "SYNTHESIS_FAILED",
        slots[UNREADABLE]: "unreadable",
    }


def test_one_late_result_is_dropped_and_counted(bothered: Crowd) -> None:
    station = bothered.station("once")
    (line,) = station.worker.log_lines(message="a dub came too late")
    assert line["batchNumber"] == slots_by_number(station)[LATE]
    assert station.metric('worker_deadline_margin_ms_bucket{le="0.0"}') == 1
    assert station.metric('worker_fallback_total{reason="timeout"}') == 1


def test_what_fails_for_the_moment_is_sent_once_more_and_dubbed(bothered: Crowd) -> None:
    station = bothered.station("once")
    sent = [line["batchNumber"] for line in sendings(station)]
    repeated = {slot for slot in sent if sent.count(slot) > 1}
    assert repeated == {slots_by_number(station)[FLEETING - 1]}
    assert not repeated & set(station.fallen)


def test_slow_down_delays_each_sending_by_what_was_recommended(bothered: Crowd) -> None:
    """What a fragment has left when it is sent is what its answer took and was early by."""
    station = bothered.station("pressed")
    left_ms = {
        slot["batch_number"]: slot["margin_ms"] + slot["rtt_ms"] for slot in station.slots if "rtt_ms" in slot
    }
    slots = slots_by_number(station)
    slowed = [left_ms[slots[number]] for number in (SLOWED_FROM, SLOWED_FROM + 1)]
    free = [left_ms[slots[number]] for number in (0, 1, 2, SLOWED_FROM + 4)]
    assert min(free) > AV_OFFSET_MS - 250
    assert max(slowed) < max(free) - SLOWED_MS + 100
    assert min(slowed) > AV_OFFSET_MS - SLOWED_MS - 400


def test_nothing_is_sent_during_a_pause_and_sending_goes_on_after_it(bothered: Crowd) -> None:
    station = bothered.station("pressed")
    paused, sent, pauses = False, 0, 0
    for line in station.worker.log_lines():
        if line["message"] == "backpressure":
            paused = line["action"] == "pause"
            pauses += paused
        elif line["message"] == "fragment sent" and "sessionId" in line:
            assert not paused, line
            sent += 1
    assert pauses == 2
    assert sent >= STOPPED_AT + 2
    slots = slots_by_number(station)
    assert slots[PAUSED_AT] not in station.fallen


def test_what_cannot_be_sent_in_time_for_the_pause_is_counted_as_that(bothered: Crowd) -> None:
    station = bothered.station("pressed")
    assert set(station.fallen.values()) == {"backpressure"}
    assert 1 <= len(station.fallen) <= 2
    assert min(station.fallen) == slots_by_number(station)[STOPPED_AT - 1] + 1


def test_max_inflight_is_reached_and_never_exceeded(bothered: Crowd) -> None:
    station = bothered.station("crowded")
    assert station.facts["most_in_flight"] == 2
    assert any(slot["outcome"] == "dubbed" for slot in station.slots)


def test_a_stream_that_is_taken_over_ends_with_30_and_does_not_come_back(bothered: Crowd) -> None:
    station = bothered.station("usurped")
    assert station.facts["exit_code"] == 30
    assert station.facts["came_back"] == 0
    (line,) = station.worker.log_lines(level="error")
    assert "taken the stream over" in line["message"]


def test_a_wrong_key_is_one_error_that_names_the_setting_and_not_the_key(bothered: Crowd) -> None:
    station = bothered.station("locked")
    (line,) = station.worker.log_lines(level="error")
    assert "WORKER_STS_API_KEY" in line["message"]
    assert "AUTH_FAILED" in line["reason"]
    assert len(station.worker.log_lines(message="no speech service")) >= 1
    shown = [station.worker.output(), str(station.facts["metrics"]), str(station.facts["status"])]
    assert [text for text in shown if KEY in text] == []
    assert set(station.fallen.values()) == {"disconnected"}
    assert len(station.fallen) == len(station.slots)


def test_without_a_service_the_original_plays_from_the_first_second(bothered: Crowd) -> None:
    station = bothered.station("absent")
    first_s = station.heard.at_ns[0] / 1e9
    opening = station.heard.signs[station.heard.at_ns < (first_s + 1) * 1e9]
    assert (opening >= 0).all()
    assert (opening == 1).mean() > 0.5
    assert set(station.fallen.values()) == {"disconnected"}
    lines = station.worker.log_lines(message="no speech service")
    tries = [datetime.fromisoformat(line["time"]).timestamp() for line in lines]
    steps = [after - before for before, after in pairwise(tries)]
    promises.waits(steps[:3], [2.0, 4.0, 8.0])


@pytest.mark.parametrize("name", ["huge", "large"])
def test_an_answer_of_any_size_costs_the_slots_it_was_for(bothered: Crowd, name: str) -> None:
    station = bothered.station(name)
    reason, most = ("disconnected", 4) if name == "huge" else ("unreadable", 1)
    assert 1 <= len(station.fallen) <= most
    assert set(station.fallen.values()) == {reason}


def slots_by_number(station: Station) -> dict[int, int]:
    """Slots by the sequence numbers of their fragments, of one session."""
    return {line["sequenceNumber"]: line["batchNumber"] for line in sendings(station)}


def sendings(station: Station) -> list[dict[str, Any]]:
    """One line each; the dubbing tells it as well."""
    lines = station.worker.log_lines(message="fragment sent")
    return [line for line in lines if "sessionId" in line]
