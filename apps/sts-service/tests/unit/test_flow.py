"""Pressure, rates and the server's load, asked directly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.server.flow import PressureGauge, RateLimit, ServerLoad, Thresholds

from unit.page import severity_after


@pytest.mark.parametrize(
    ("inflight", "severity"),
    [(0, "low"), (1, "low"), (3, "low"), (4, "medium"), (6, "medium"), (7, "high"), (10, "high")],
)
def test_the_severity_of_a_count_in_flight_is_that_of_the_table(inflight: int, severity: str) -> None:
    gauge = PressureGauge(Thresholds(), max_inflight=10)
    assert gauge.update(inflight) is (severity != "low")
    assert gauge.severity == severity


@pytest.mark.parametrize(
    ("counts", "severity"),
    [
        ([7, 6], "high"),
        ([7, 5], "medium"),
        ([7, 3], "medium"),
        ([7, 2], "low"),
        ([4, 3], "medium"),
        ([4, 2], "low"),
        ([7, 0], "low"),
    ],
)
def test_a_severity_falls_with_one_count_of_slack(counts: list[int], severity: str) -> None:
    gauge = PressureGauge(Thresholds(), max_inflight=10)
    for count in counts:
        gauge.update(count)
    assert gauge.severity == severity


@pytest.mark.parametrize(("max_inflight", "first_medium"), [(1, 2), (2, 3), (3, 4), (4, 4), (10, 4)])
def test_above_the_confirmed_max_inflight_is_at_least_medium(max_inflight: int, first_medium: int) -> None:
    gauge = PressureGauge(Thresholds(), max_inflight)
    severities = []
    for count in (first_medium - 1, first_medium):
        gauge.update(count)
        severities.append(gauge.severity)
    assert severities == ["low", "medium"]


def test_a_load_that_sways_around_a_threshold_is_announced_once() -> None:
    gauge = PressureGauge(Thresholds(), max_inflight=10)
    assert [gauge.update(count) for count in (3, 4, 3, 4, 3, 4)] == [False, True, False, False, False, False]


@given(st.lists(st.integers(0, 10)), st.integers(1, 10))
def test_the_gauge_reads_what_the_page_says(counts: list[int], max_inflight: int) -> None:
    gauge, severity = PressureGauge(Thresholds(), max_inflight), "low"
    for count in counts:
        before, severity = severity, severity_after(severity, count, Thresholds(), max_inflight)
        assert gauge.update(count) is (severity != before)
        assert gauge.severity == severity
    gauge.update(0)
    assert gauge.severity == "low"


def test_a_rate_is_limited_in_every_stretch_of_its_period() -> None:
    rate = RateLimit(most=2, period_s=60.0)
    for now in (0.0, 30.0):
        assert rate.allows(now)
        rate.count(now)
    assert not rate.allows(59.999)
    assert rate.allows(60.0)
    rate.count(60.0)
    assert not rate.allows(89.999)
    assert rate.allows(90.0)


@given(st.integers(1, 5), st.lists(st.floats(0, 3, width=16)))
def test_no_stretch_of_a_period_holds_more_than_the_limit(most: int, pauses: list[float]) -> None:
    rate, now, counted = RateLimit(most, 2.0), 0.0, list[float]()
    for pause in pauses:
        now += pause
        recent = [at for at in counted if now - at < 2.0]
        assert rate.allows(now) is (len(recent) < most)
        if rate.allows(now):
            rate.count(now)
            counted.append(now)


def test_a_limit_that_nothing_counted_on_lately_can_be_forgotten() -> None:
    rate = RateLimit(most=2, period_s=1.0)
    assert rate.is_idle(0.0)
    rate.count(5.0)
    assert not rate.is_idle(5.9)
    assert rate.is_idle(6.0)


def test_the_server_is_full_at_its_bound() -> None:
    load = ServerLoad(most=2)
    full = []
    for _ in range(2):
        full.append(load.is_full)
        load.add()
    full.append(load.is_full)
    load.remove(2)
    assert (full, load.inflight, load.is_full) == ([False, False, True], 0, False)


def test_the_server_s_load_cannot_fall_below_zero() -> None:
    load = ServerLoad(most=2)
    load.add()
    with pytest.raises(ValueError, match="more fragments removed"):
        load.remove(2)
    assert load.inflight == 1
