"""A whole speech service is killed, hangs, is slow, cut, garbled, refusing: nothing stalls."""

from datetime import datetime
from itertools import pairwise

import pytest

from faults import promises
from faults.crowd import AV_OFFSET_MS, SEGMENT_S, Crowd, Station
from faults.stories import LONG_TROUBLES

pytestmark = pytest.mark.timeout(420)

BREAKING = {
    "frozen": {"TIMEOUT", "breaker_open"},
    "hung": {"TIMEOUT", "breaker_open"},
    "slow": {"TIMEOUT", "breaker_open", "no_time"},
    "declined": {"QUEUE_FULL", "breaker_open"},
}
"""Those that open the breaker, and the reasons of their fallbacks."""
LOSING = ("killed", "cut", "garbage", "refused")
"""Those that lose the session."""


def well_ms(station: Station) -> int:
    """When the session was ready again, or the breaker closed, for good."""
    changes = [*station.changes("sts"), *station.changes("breaker")]
    good = [change["at_unix_ms"] for change in changes if change["to"] in ("connected", "closed")]
    return int(max(at_ms for at_ms in good if at_ms > station.facts["trouble_ms"]))


@pytest.mark.parametrize("name", LONG_TROUBLES)
def test_the_output_never_pauses_is_never_silent_and_does_not_click(troubled: Crowd, name: str) -> None:
    promises.goes_on(troubled.station(name))


@pytest.mark.parametrize("name", LONG_TROUBLES)
def test_the_original_is_heard_in_exactly_the_slots_that_fell_back(troubled: Crowd, name: str) -> None:
    station = troubled.station(name)
    assert len(station.fallen) >= 3
    promises.plays_what_it_says(station)


@pytest.mark.parametrize("name", [name for name in LONG_TROUBLES if name != "cut"])
def test_only_the_affected_slots_fall_back(troubled: Crowd, name: str) -> None:
    station = troubled.station(name)
    promises.falls_back_only_when_troubled(station, well_ms(station))


@pytest.mark.parametrize("name", LONG_TROUBLES)
def test_it_dubs_again_within_two_segments_of_being_able_to(troubled: Crowd, name: str) -> None:
    """A segment that was complete `av_offset` ago goes on air now; so much later a dub can be heard first."""
    station = troubled.station(name)
    again_s = station.dubbed_again_s(well_ms(station))
    assert again_s <= 2 * SEGMENT_S + AV_OFFSET_MS / 1000


@pytest.mark.parametrize("name", LONG_TROUBLES)
def test_events_and_metrics_tell_the_same_story(troubled: Crowd, name: str) -> None:
    promises.counts_what_happened(troubled.station(name))


@pytest.mark.parametrize("name", BREAKING)
def test_five_failures_open_the_breaker_and_a_probe_closes_it(troubled: Crowd, name: str) -> None:
    station = troubled.station(name)
    assert set(station.fallen_once_settled.values()) <= BREAKING[name] | {"disconnected"}
    changes = station.changes("breaker")
    assert changes[0]["to"] == "open"
    assert changes[0]["reason"].startswith("5 failures in a row")
    if not station.changes("sts")[1:]:
        assert [change["to"] for change in changes[-2:]] == ["half_open", "closed"]
        for opened, half in pairwise(changes):
            if (opened["to"], half["to"]) == ("open", "half_open"):
                waited_s = (half["at_unix_ms"] - opened["at_unix_ms"]) / 1000
                promises.waits([waited_s], [troubled.breaker_open_s])
    assert station.metric("worker_sts_breaker_state") == 0


@pytest.mark.parametrize("name", LOSING)
def test_a_lost_session_is_no_business_of_the_breaker(troubled: Crowd, name: str) -> None:
    station = troubled.station(name)
    assert set(station.fallen_once_settled.values()) == {"disconnected"}
    assert station.changes("breaker") == []
    regained = [change for change in station.changes("sts") if change["to"] == "connected"]
    assert station.metric('worker_reconnects_total{side="sts"}') == len(regained) - 1 >= 1


@pytest.mark.parametrize("name", ["killed", "refused"])
def test_it_comes_back_after_2_4_8_seconds(troubled: Crowd, name: str) -> None:
    lines = troubled.station(name).worker.log_lines(message="no speech service")
    tries = [datetime.fromisoformat(line["time"]).timestamp() for line in lines]
    steps = [after - before for before, after in pairwise(tries)]
    expected = [2.0, 4.0, 8.0, 16.0, 32.0][: len(steps)]
    assert len(steps) >= 2
    promises.waits(steps, expected)


@pytest.mark.parametrize("name", ["cut"])
def test_a_connection_that_is_cut_is_back_after_2_seconds_each_time(troubled: Crowd, name: str) -> None:
    changes = troubled.station(name).changes("sts")
    gaps = [
        (up["at_unix_ms"] - down["at_unix_ms"]) / 1000
        for down, up in pairwise(changes)
        if (down["to"], up["to"]) == ("disconnected", "connected")
    ]
    assert len(gaps) >= 3
    promises.waits(gaps, [2.0] * len(gaps))
    assert any(slot["outcome"] == "dubbed" for slot in _between_cuts(troubled.station(name)))


@pytest.mark.parametrize("name", ["slow"])
def test_late_answers_are_dropped_and_counted_by_how_late_they_were(troubled: Crowd, name: str) -> None:
    station = troubled.station(name)
    late = station.metric('worker_deadline_margin_ms_bucket{le="-500.0"}')
    assert late >= 3
    lines = station.worker.log_lines(message="a dub came too late")
    assert len(lines) == late
    # A second late by the service's doing, and later still by a busy machine's.
    assert all(-10_000 < line["marginMs"] < -600 for line in lines)
    assert {line["batchNumber"] for line in lines} <= set(station.fallen)


@pytest.mark.parametrize("name", ["hung", "slow"])
def test_no_more_are_in_flight_than_agreed(troubled: Crowd, name: str) -> None:
    assert troubled.station(name).facts["most_in_flight"] <= 3


def _between_cuts(station: Station) -> list[dict[str, object]]:
    since, until = station.facts["trouble_ms"] + 2000, station.facts["healed_ms"]
    return [slot for slot in station.slots if since < slot["at_unix_ms"] < until]
