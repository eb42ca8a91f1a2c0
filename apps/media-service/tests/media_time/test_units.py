from hypothesis import given
from hypothesis import strategies as st
from media_service.timeline.units import SECOND_NS, ns_of, samples_of


@given(st.integers(-(10**10), 10**12))
def test_a_sample_survives_the_way_to_nanoseconds_and_back(sample: int) -> None:
    assert samples_of(ns_of(sample)) == sample


def test_days_of_samples_are_counted_without_rounding() -> None:
    assert samples_of(7 * 86_400 * SECOND_NS) == 7 * 86_400 * 48_000
    assert ns_of(1) == 20_833
    assert samples_of(10_416) == 0
    assert samples_of(10_417) == 1
