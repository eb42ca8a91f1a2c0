import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.timeline.pace import SLEW_PER_MILLION, WINDOW_NS, Pace
from media_service.timeline.units import MS_NS, SECOND_NS

DELAY_NS = 12 * SECOND_NS
START_NS = 5_000 * SECOND_NS
TICK_NS = 40 * MS_NS


def begun(media_ns: int = 0, now_ns: int = START_NS, *, follow: bool = True) -> Pace:
    pace = Pace(DELAY_NS, follow=follow)
    pace.arrived(media_ns, now_ns)
    return pace


def test_nothing_is_due_before_the_first_packet() -> None:
    pace = Pace(DELAY_NS)
    pace.slew(START_NS)
    assert pace.media_now(START_NS) == 0
    assert pace.media_due(START_NS) == -DELAY_NS


def test_what_comes_leaves_a_delay_later() -> None:
    pace = begun(7 * SECOND_NS)
    assert pace.due_ns(7 * SECOND_NS) == START_NS + DELAY_NS
    assert pace.due_ns(8 * SECOND_NS) == START_NS + SECOND_NS + DELAY_NS
    assert pace.media_due(START_NS + DELAY_NS) == 7 * SECOND_NS
    assert pace.media_now(START_NS) == 7 * SECOND_NS


def test_the_last_packet_of_the_first_burst_sets_the_clock() -> None:
    pace = begun()
    for number in range(50):
        pace.arrived(number * 40 * MS_NS, START_NS + MS_NS)
    assert pace.due_ns(49 * 40 * MS_NS) == START_NS + MS_NS + DELAY_NS


def test_a_late_packet_of_the_first_second_does_not_move_the_clock() -> None:
    pace = begun()
    pace.arrived(40 * MS_NS, START_NS + 300 * MS_NS)
    assert pace.due_ns(0) == START_NS + DELAY_NS


def test_once_settled_an_early_packet_moves_nothing_at_once() -> None:
    pace = begun()
    pace.arrived(3 * SECOND_NS, START_NS + 2 * SECOND_NS)
    assert pace.due_ns(0) == START_NS + DELAY_NS


def test_with_a_short_delay_the_clock_is_set_before_anything_is_due() -> None:
    pace = Pace(600 * MS_NS)
    pace.arrived(0, START_NS)
    pace.arrived(500 * MS_NS, START_NS + 400 * MS_NS)
    assert pace.due_ns(0) == START_NS + 600 * MS_NS


def run(
    pace: Pace,
    seconds: int,
    *,
    per_million: float,
    jitter_ms: float = 0,
    step_ns: int = SECOND_NS // 2,
    seed: int = 1,
) -> list[tuple[int, int]]:
    """Hours of a source whose clock differs: by packet, how long it stays until it is due, and the due time's
    step beyond the media's own.
    """
    jitter = random.Random(seed)
    steps: list[tuple[int, int]] = []
    last = pace.due_ns(0)
    for number in range(1, seconds * SECOND_NS // step_ns):
        media = number * step_ns
        on_time = START_NS + round(media * (1 - per_million / 1e6))
        now = on_time + round(jitter.random() * jitter_ms * MS_NS)
        pace.arrived(media, now)
        pace.slew(now)
        due = pace.due_ns(media)
        steps.append((due - on_time, due - last - step_ns))
        last = due
    return steps


@pytest.mark.parametrize("per_million", [100, -100])
@pytest.mark.parametrize("jitter_ms", [0, 60])
def test_a_source_100_ppm_off_is_followed_for_a_day(per_million: float, jitter_ms: float) -> None:
    stays = run(begun(), 86_400, per_million=per_million, jitter_ms=jitter_ms)
    assert all(abs(stay - DELAY_NS) < (9 + jitter_ms / 4) * MS_NS for stay, _ in stays)
    # In half a second the slew may move this much; the jitter of arrival lengthens some of them.
    most = SLEW_PER_MILLION * (501 + jitter_ms) * MS_NS // 1_000_000
    assert all(abs(step) <= most + 1 for _, step in stays)


@pytest.mark.parametrize("per_million", [100, -100])
def test_following_does_not_overshoot(per_million: float) -> None:
    late = [stay - DELAY_NS for stay, _ in run(begun(), 7_200, per_million=per_million)]
    wrong_way = max(late) if per_million > 0 else -min(late)
    right_way = -min(late) if per_million > 0 else max(late)
    assert min(wrong_way, right_way) <= 1.1 * MS_NS


def test_jitter_alone_moves_next_to_nothing() -> None:
    stays = run(begun(), 3_600, per_million=0, jitter_ms=200, step_ns=40 * MS_NS)
    assert all(abs(stay - DELAY_NS) <= 12 * MS_NS for stay, _ in stays)
    stays = run(begun(), 3_600, per_million=0, jitter_ms=40, step_ns=40 * MS_NS)
    assert {stay for stay, _ in stays} == {DELAY_NS}


def test_a_source_that_sends_in_bursts_is_followed_without_a_jump() -> None:
    """Six seconds at once, with an uplink that takes more or less of a second: the due times creep."""
    pace, jitter = begun(), random.Random(3)
    now, last = START_NS, pace.origin_ns or 0
    for burst in range(1, 300):
        now = START_NS + burst * 6 * SECOND_NS + int(jitter.random() * 0.3 * SECOND_NS)
        for number in range(150):
            pace.arrived((burst - 1) * 6 * SECOND_NS + number * 40 * MS_NS, now)
        for tick in range(100):
            pace.slew(now + tick * TICK_NS)
            origin = pace.origin_ns or 0
            assert abs(origin - last) <= 2.5 * SECOND_NS * SLEW_PER_MILLION // 1_000_000 + 1
            last = origin
    assert abs(last - START_NS) <= 300 * MS_NS


@given(st.lists(st.integers(0, 400), min_size=2, max_size=300), st.integers(-500, 500))
@settings(max_examples=40, deadline=None)
def test_due_times_never_jump(jitter_ms: list[int], per_million: int) -> None:
    pace, last, now = begun(), None, START_NS
    for number, late_ms in enumerate(jitter_ms):
        media = number * 500 * MS_NS
        came = START_NS + media + media * per_million // 1_000_000 + late_ms * MS_NS
        pace.arrived(media, came)
        for _ in range(12):
            now += TICK_NS
            pace.slew(now)
            origin = pace.origin_ns or 0
            if last is not None and now > START_NS + 2 * SECOND_NS:
                assert abs(origin - last) <= TICK_NS * SLEW_PER_MILLION // 1_000_000
            last = origin


def test_what_a_slow_tick_missed_is_made_up_for() -> None:
    pace = begun()
    for second in range(1, 25):
        pace.arrived(second * SECOND_NS, START_NS + second * SECOND_NS)
        pace.slew(START_NS + second * SECOND_NS)
    for second in range(25, 50):
        now = START_NS + second * SECOND_NS + 20 * MS_NS
        pace.arrived(second * SECOND_NS, now)
    before = pace.origin_ns or 0
    pace.slew(START_NS + 24 * SECOND_NS + 5 * SECOND_NS)
    assert (pace.origin_ns or 0) - before == 5 * MS_NS


def test_a_new_connections_latency_is_no_drift() -> None:
    pace = begun()
    run(pace, 60, per_million=0)
    origin = pace.origin_ns
    pace.begin_epoch()
    for second in range(60, 200):
        now = START_NS + second * SECOND_NS + 700 * MS_NS
        pace.arrived(second * SECOND_NS, now)
        pace.slew(now)
    assert pace.origin_ns == origin


def test_a_slew_that_was_under_way_ends_with_its_connection() -> None:
    pace = begun()
    run(pace, 30, per_million=0)
    for second in range(30, 60):
        now = START_NS + second * SECOND_NS + 50 * MS_NS
        pace.arrived(second * SECOND_NS, now)
    pace.slew(now)
    pace.begin_epoch()
    origin = pace.origin_ns
    pace.slew(now + SECOND_NS)
    assert pace.origin_ns == origin


def test_the_clock_of_a_file_is_ours() -> None:
    pace = begun(follow=False)
    for second in range(1, 100):
        pace.arrived(second * SECOND_NS, START_NS + second * SECOND_NS // 2)
        pace.slew(START_NS + second * SECOND_NS // 2)
    assert pace.due_ns(0) == START_NS + DELAY_NS


def test_a_drift_within_the_dead_band_is_left_alone() -> None:
    pace = begun()
    run(pace, 30, per_million=0)
    for second in range(30, 30 + 3 * WINDOW_NS // SECOND_NS):
        now = START_NS + second * SECOND_NS + 4 * MS_NS
        pace.arrived(second * SECOND_NS, now)
        pace.slew(now)
    assert pace.origin_ns == START_NS


def test_a_source_that_comes_in_segments_is_followed_once_its_first_burst_is_over() -> None:
    pace = Pace(12 * SECOND_NS, bursty=True)
    first, segment = 1_000 * SECOND_NS, 6 * SECOND_NS
    for number in range(3):
        pace.arrived(number * segment, first)
    begun = pace.origin_ns
    fast = 1.0001
    for number in range(3, 2400):
        now = first + round((number - 2) * segment / fast)
        pace.arrived(number * segment, now)
        for step in range(1, 7):
            pace.slew(now + step * SECOND_NS)
    assert begun is not None
    assert pace.origin_ns is not None
    gone_s = (2400 - 2 - 20) * 6
    drift_ms = (begun - pace.origin_ns) / MS_NS
    assert gone_s * 0.1 * 0.9 < drift_ms < gone_s * 0.1 * 1.1
