"""What became of a stream's fragments, each counted once."""

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from dubbing_protocol import Outcome, StreamStatistics

REMEMBERED = 10_000
"""Fragments whose id and outcome are kept: repeats and retries are known, streams of days stay bounded."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a fragment was answered."""

    sequence_number: int
    status: Outcome
    retryable: bool
    processing_ms: int


class Ledger:
    """Every delivered fragment of a stream; a retry's delivery replaces the failure before it."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.total = 0
        self.total_duration_ms = 0
        self._counts: dict[Outcome, int] = {"success": 0, "partial": 0, "failed": 0}
        self._sum_ms = 0
        self._deliveries: OrderedDict[str, Delivery] = OrderedDict()
        self._remembered = remembered

    def find(self, fragment_id: str) -> Delivery | None:
        return self._deliveries.get(fragment_id)

    def add(self, fragment_id: str, delivery: Delivery, duration_ms: int) -> None:
        """A fragment's first delivery."""
        self.total += 1
        self.total_duration_ms += duration_ms
        self._count(delivery, 1)
        self._deliveries[fragment_id] = delivery
        if len(self._deliveries) > self._remembered:
            self._deliveries.popitem(last=False)

    def replace(self, fragment_id: str, failure: Delivery, delivery: Delivery) -> None:
        """A retry's delivery, in the place of the failure."""
        self._count(failure, -1)
        self._count(delivery, 1)
        self._deliveries[fragment_id] = delivery

    def typical_ms(self) -> int | None:
        """The mean processing time, once there is one."""
        return self._sum_ms // self.total if self.total else None

    def statistics(self) -> StreamStatistics:
        return StreamStatistics(
            success_count=self._counts["success"],
            partial_count=self._counts["partial"],
            failed_count=self._counts["failed"],
            avg_processing_time_ms=round(self._sum_ms / self.total, 1) if self.total else 0.0,
            p95_processing_time_ms=percentile_95(item.processing_ms for item in self._deliveries.values()),
        )

    def _count(self, delivery: Delivery, sign: int) -> None:
        self._counts[delivery.status] += sign
        self._sum_ms += sign * delivery.processing_ms


def percentile_95(values: Iterable[int]) -> float:
    """The nearest-rank 95th percentile, 0 of nothing."""
    ordered = sorted(values)
    return float(ordered[math.ceil(0.95 * len(ordered)) - 1]) if ordered else 0.0
