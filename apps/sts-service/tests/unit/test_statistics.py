"""What became of a stream's fragments."""

from hypothesis import given
from hypothesis import strategies as st
from sts_service.server.statistics import Delivery, Ledger, percentile_95


def success(number: int, processing_ms: int) -> Delivery:
    return Delivery(number, "success", retryable=False, processing_ms=processing_ms)


def failed(number: int, processing_ms: int) -> Delivery:
    return Delivery(number, "failed", retryable=True, processing_ms=processing_ms)


def test_a_stream_without_fragments_has_statistics_of_zero() -> None:
    ledger = Ledger()
    assert ledger.typical_ms() is None
    assert set(ledger.statistics().to_wire().values()) == {0}


def test_each_outcome_is_counted() -> None:
    ledger = Ledger()
    ledger.add("a", success(0, 100), 6000)
    ledger.add("b", Delivery(1, "partial", retryable=False, processing_ms=200), 6000)
    ledger.add("c", failed(2, 400), 3000)
    assert (ledger.total, ledger.total_duration_ms, ledger.typical_ms()) == (3, 15_000, 233)
    assert ledger.statistics().to_wire() == {
        "success_count": 1,
        "partial_count": 1,
        "failed_count": 1,
        "avg_processing_time_ms": 233.3,
        "p95_processing_time_ms": 400.0,
    }


def test_a_retry_replaces_the_failure() -> None:
    ledger = Ledger()
    ledger.add("a", failed(0, 900), 6000)
    ledger.replace("a", failed(0, 900), success(0, 100))
    statistics = ledger.statistics()
    assert (ledger.total, ledger.total_duration_ms) == (1, 6000)
    assert (statistics.success_count, statistics.failed_count) == (1, 0)
    assert (statistics.avg_processing_time_ms, statistics.p95_processing_time_ms) == (100.0, 100.0)
    assert ledger.find("a") == success(0, 100)


def test_what_is_remembered_is_bounded_and_the_counts_are_not() -> None:
    ledger = Ledger(remembered=2)
    for number in range(5):
        ledger.add(f"f{number}", success(number, 100 * number), 1000)
    assert [ledger.find(f"f{number}") is not None for number in range(5)] == [False, False, False, True, True]
    assert (ledger.total, ledger.statistics().success_count) == (5, 5)
    assert ledger.statistics().avg_processing_time_ms == 200.0
    assert ledger.statistics().p95_processing_time_ms == 400.0


@given(st.lists(st.integers(0, 30_000), min_size=1))
def test_the_95th_percentile_is_the_smallest_value_that_covers_95_percent(values: list[int]) -> None:
    covering = [value for value in values if sum(other <= value for other in values) * 20 >= len(values) * 19]
    assert percentile_95(values) == min(covering)
