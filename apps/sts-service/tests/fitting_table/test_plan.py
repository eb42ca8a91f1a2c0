import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.fitting import Limits, Source, wanted_speed
from sts_service.fitting.plan import Status, plan

RATE_HZ = 48_000
SLOT = 288_000
LIMITS = Limits()
FULL = Source(SLOT, RATE_HZ, 0, SLOT)
LATE = Source(SLOT, RATE_HZ, 96_000, 240_000)
"""Two seconds late and three long: the room is four seconds."""

CLAMPED = ("speed_clamped",)
HIGH = ("speed_clamped", "duration_variance_high")


@pytest.mark.parametrize(
    ("of_the_slot", "speed", "seconds", "percent", "status", "warnings"),
    [
        (0.2, 0.8, 1.5, 0, "success", ()),
        (0.4, 0.8, 3.0, 0, "success", ()),
        (0.6, 0.8, 4.5, 0, "success", ()),
        (0.8, 0.8, 6.0, 0, "success", ()),
        (0.9, 0.9, 6.0, 0, "success", ()),
        (0.979, 0.979, 6.0, 0, "success", ()),
        (0.981, 1.0, 5.886, 0, "success", ()),
        (0.999, 1.0, 5.994, 0, "success", ()),
        (1.0, 1.0, 6.0, 0, "success", ()),
        (1.1, 1.1, 6.0, 0, "success", ()),
        (1.2, 1.2, 6.0, 0, "success", ()),
        (1.26, 1.2, 6.3, 5, "success", CLAMPED),
        (1.32, 1.2, 6.6, 10, "success", CLAMPED),
        (1.3201, 1.2, 6.6005, 10.0083, "partial", HIGH),
        (1.38, 1.2, 6.9, 15, "partial", HIGH),
        (1.44, 1.2, 7.2, 20, "partial", HIGH),
        (1.4401, 1.2, 7.2005, 20.0083, "failed", HIGH),
        (1.6, 1.2, 8.0, 33.333, "failed", HIGH),
        (2.0, 1.2, 10.0, 66.667, "failed", HIGH),
    ],
)
def test_where_the_source_fills_the_slot(
    of_the_slot: float,
    speed: float,
    seconds: float,
    percent: float,
    status: Status,
    warnings: tuple[str, ...],
) -> None:
    planned = plan(round(of_the_slot * SLOT), FULL, LIMITS)
    assert planned.speed == pytest.approx(speed, abs=1e-4)
    assert planned.length == pytest.approx(seconds * RATE_HZ, abs=2)
    assert planned.kept == min(planned.length, SLOT)
    assert planned.onset == 0
    assert planned.variance_percent == pytest.approx(percent, abs=0.001)
    assert (planned.status, planned.warnings) == (status, warnings)


@pytest.mark.parametrize(
    ("of_the_slot", "speed", "onset_s", "seconds", "percent", "status", "warnings"),
    [
        (0.2, 0.8, 2.0, 1.5, 0, "success", ()),
        (0.4, 0.8, 2.0, 3.0, 0, "success", ()),
        (0.45, 0.9, 2.0, 3.0, 0, "success", ()),
        (0.5, 1.0, 2.0, 3.0, 0, "success", ()),
        (0.6, 1.0, 2.0, 3.6, 0, "success", ()),
        (2 / 3, 1.0, 2.0, 4.0, 0, "success", ()),
        (0.7, 1.05, 2.0, 4.0, 0, "success", ()),
        (0.8, 1.2, 2.0, 4.0, 0, "success", ()),
        (0.9, 1.2, 1.5, 4.5, 0, "success", CLAMPED),
        (1.0, 1.2, 1.0, 5.0, 0, "success", CLAMPED),
        (1.2, 1.2, 0.0, 6.0, 0, "success", CLAMPED),
        (1.32, 1.2, 0.0, 6.6, 10, "success", CLAMPED),
        (1.38, 1.2, 0.0, 6.9, 15, "partial", HIGH),
        (1.5, 1.2, 0.0, 7.5, 25, "failed", HIGH),
        (2.0, 1.2, 0.0, 10.0, 66.667, "failed", HIGH),
    ],
)
def test_where_the_source_begins_late_and_is_shorter(
    of_the_slot: float,
    speed: float,
    onset_s: float,
    seconds: float,
    percent: float,
    status: Status,
    warnings: tuple[str, ...],
) -> None:
    planned = plan(round(of_the_slot * SLOT), LATE, LIMITS)
    assert planned.speed == pytest.approx(speed, abs=1e-4)
    assert planned.onset == pytest.approx(onset_s * RATE_HZ, abs=2)
    assert planned.length == pytest.approx(seconds * RATE_HZ, abs=2)
    assert planned.kept == min(planned.length, SLOT)
    assert planned.variance_percent == pytest.approx(percent, abs=0.001)
    assert (planned.status, planned.warnings) == (status, warnings)


@pytest.mark.parametrize(
    ("natural_s", "spoken_speed", "stretch"),
    [
        (5.5, 1.2, 1.0),
        (6.5, 1.2, 1.0),
        (6.3, 1.0, 1.05),
        (6.3, 1.1, 1.05),
        (9.0, 1.1, 1.2 / 1.1),
        (4.0, 0.8, 1.0),
    ],
)
def test_what_the_engine_did_counts_into_the_limit(
    natural_s: float, spoken_speed: float, stretch: float
) -> None:
    """`natural_s` as it was spoken."""
    source = Source(SLOT, RATE_HZ, 0, SLOT if spoken_speed < 1 else round(3 * RATE_HZ))
    planned = plan(round(natural_s * RATE_HZ), source, LIMITS, spoken_speed=spoken_speed)
    assert planned.speed == pytest.approx(stretch, abs=1e-4)


def test_without_a_stretcher_what_is_too_long_is_moved_and_then_sticks_out() -> None:
    moved = plan(round(4.5 * RATE_HZ), LATE, LIMITS, can_stretch=False)
    assert (moved.speed, moved.onset, moved.length) == (1.0, 72_000, 216_000)
    long = plan(round(6.9 * RATE_HZ), LATE, LIMITS, can_stretch=False)
    assert (long.speed, long.onset, long.kept, long.status) == (1.0, 0, SLOT, "partial")


def test_an_engine_is_asked_for_what_the_slot_wants() -> None:
    assert wanted_speed(6.6, FULL, LIMITS) == pytest.approx(1.1)
    assert wanted_speed(9.0, FULL, LIMITS) == 1.2
    assert wanted_speed(5.4, FULL, LIMITS) == pytest.approx(0.9)
    assert wanted_speed(1.0, FULL, LIMITS) == 0.8
    assert wanted_speed(3.5, LATE, LIMITS) == 1.0
    assert wanted_speed(0.0, FULL, LIMITS) == 1.0


def test_a_source_that_speaks_at_the_slot_s_very_end_leaves_room_by_moving() -> None:
    planned = plan(48_000, Source(SLOT, RATE_HZ, SLOT, SLOT), LIMITS)
    assert (planned.onset, planned.length, planned.status) == (SLOT - 40_000, 40_000, "success")


anywhere = st.integers(-5_000, 2_000_000)


@given(
    st.integers(0, 2_000_000),
    st.integers(1, 1_440_000),
    anywhere,
    anywhere,
    st.floats(0.5, 1.0),
    st.floats(1.0, 2.0),
)
def test_any_plan_lies_in_its_slot_and_within_the_limits(
    natural: int, slot: int, onset: int, end: int, speed_min: float, speed_max: float
) -> None:
    source, limits = Source(slot, RATE_HZ, onset, end), Limits(speed_min, speed_max)
    planned = plan(natural, source, limits)
    assert speed_min <= planned.speed <= speed_max
    assert planned.length == pytest.approx(natural / planned.speed, abs=1)
    assert 0 <= planned.onset <= planned.onset + planned.kept <= slot
    assert planned.kept == min(planned.length, slot)
    assert planned.variance_percent == pytest.approx(100 * max(0, planned.length - slot) / slot)
    assert (planned.status == "success") is (planned.variance_percent <= 10)
    assert (planned.status == "failed") is (planned.variance_percent > 20)
    if planned.onset > max(onset, 0):
        assert planned.kept == 0
    if planned.onset < min(max(onset, 0), slot):
        assert planned.speed == speed_max or natural <= 1
