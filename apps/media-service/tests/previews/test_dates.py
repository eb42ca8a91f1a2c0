"""A media time's date: told twice, it is the same; and over days it follows the source."""

from hypothesis import given
from hypothesis import strategies as st
from media_service.preview.dates import STEP_NS, SourceDates
from media_service.timeline.units import MS_NS, SECOND_NS

NOW_NS = 1_700_000_000 * SECOND_NS
tells = st.lists(st.tuples(st.integers(100, 60_000), st.integers(-60, 60)), min_size=1, max_size=40)


@given(tells, st.integers(0, 30))
def test_input_and_output_hear_the_same_date_for_the_same_moment(
    steps: list[tuple[int, int]], delay_s: int
) -> None:
    dates = SourceDates()
    media_ns, late_ns = 0, 0
    asked: dict[int, int] = {}
    for step_ms, drift_ms in steps:
        media_ns += step_ms * MS_NS
        late_ns += drift_ms * MS_NS
        dates.tell(media_ns, NOW_NS + media_ns + late_ns)
        # The input asks for what has just come, the output for what came a while ago.
        asked[media_ns - SECOND_NS] = dates.date(media_ns - SECOND_NS)
        for before in [at for at in asked if at <= media_ns - delay_s * SECOND_NS]:
            assert dates.date(before) == asked[before]


@given(tells)
def test_a_date_is_that_of_the_arrival_but_for_a_step(steps: list[tuple[int, int]]) -> None:
    dates = SourceDates()
    media_ns, late_ns = 0, 0
    for step_ms, drift_ms in steps:
        media_ns += step_ms * MS_NS
        late_ns += drift_ms * MS_NS
        wall_ns = NOW_NS + media_ns + late_ns
        dates.tell(media_ns, wall_ns)
        later_ns = 5 * SECOND_NS
        assert abs(dates.date(media_ns + later_ns) - (wall_ns + later_ns)) <= STEP_NS
        media_ns += later_ns


def test_what_the_first_packets_of_a_burst_said_is_set_right_before_anybody_has_asked() -> None:
    dates = SourceDates()
    dates.tell(0, NOW_NS)
    dates.tell(SECOND_NS, NOW_NS + SECOND_NS - 400 * MS_NS)
    assert dates.date(0) == NOW_NS - 400 * MS_NS


def test_what_is_remembered_is_bounded() -> None:
    dates = SourceDates()
    dates.tell(0, NOW_NS)
    for number in range(3000):
        dates.date(number * SECOND_NS)
        dates.tell(number * SECOND_NS, NOW_NS + number * (SECOND_NS + 20 * MS_NS))
    assert len(dates._offsets) <= 1000
