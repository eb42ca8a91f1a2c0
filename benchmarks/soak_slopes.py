"""Whether a quantity that is sampled for hours grows: its slope, and between which bounds that surely lies.

The slope is the median of those between all pairs of samples, the bounds are those of Kendall's statistic: a
single step, a lone outlier or noise of any shape moves neither far, as a line of least squares would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, sqrt

import numpy as np

SURELY = 1.96
"""Standard deviations: 95 %."""
_MOST_SAMPLES = 800


@dataclass(frozen=True, slots=True)
class Slope:
    """An hour."""

    value: float
    least: float
    most: float

    def beyond(self, limit: float, *, falling: bool) -> bool:
        """Surely more than `limit`, upwards or, where `falling` counts too, downwards."""
        return self.least > limit or (falling and self.most < -limit)


def slope(hours: Sequence[float], values: Sequence[float]) -> Slope:
    """Where there are too few samples to tell, the bounds are infinite."""
    if len(values) < 2:
        return Slope(0.0, -inf, inf)
    parts = min(len(values), _MOST_SAMPLES)
    at, value = (
        np.array([np.median(part) for part in np.array_split(row, parts)]) for row in (hours, values)
    )
    first, second = np.triu_indices(len(at), 1)
    slopes = np.sort((value[second] - value[first]) / (at[second] - at[first]))
    count, n = len(slopes), len(at)
    spread = SURELY * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low, high = floor((count - spread) / 2) - 1, ceil((count + spread) / 2)
    return Slope(
        float(np.median(slopes)),
        float(slopes[low]) if low >= 0 else -inf,
        float(slopes[high]) if high < count else inf,
    )
