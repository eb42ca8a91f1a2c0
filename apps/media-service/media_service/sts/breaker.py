"""The circuit breaker: a service that fails again and again is left alone for a while.

    CLOSED --5 counted failures in a row--> OPEN --30 s--> HALF_OPEN --the probe's success--> CLOSED
                                             ^                 |
                                             +--the probe fails+

Only retryable failures that speak of the service's health count. A fragment judged in one state cannot change
another: in HALF_OPEN only the probe's outcome matters, in OPEN none.
"""

from dataclasses import dataclass
from enum import IntEnum

from dubbing_protocol import ERRORS, ErrorCode

COUNTED = frozenset(
    {
        ErrorCode.TIMEOUT,
        ErrorCode.MODEL_ERROR,
        ErrorCode.GPU_OOM,
        ErrorCode.QUEUE_FULL,
        ErrorCode.RATE_LIMIT,
        ErrorCode.TRANSLATION_API_UNAVAILABLE,
        ErrorCode.RATE_LIMIT_EXCEEDED,
    }
)

THRESHOLD = 5
OPEN_NS = 30_000_000_000


class BreakerState(IntEnum):
    """The numbers are those of the metric."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True)
class BreakerChanged:
    """A transition, for the log and the metric."""

    state: BreakerState
    reason: str


def counts(code: str, *, retryable: bool) -> bool:
    """Whether a failure speaks against the service; an unknown code goes by `retryable` alone."""
    return retryable and (code in COUNTED or code not in ERRORS)


class Breaker:
    def __init__(self, threshold: int = THRESHOLD, open_ns: int = OPEN_NS) -> None:
        self.state = BreakerState.CLOSED
        self._threshold = threshold
        self._open_ns = open_ns
        self._failures = 0
        self._opened_ns = 0
        self._probe: str | None = None

    @property
    def may_send(self) -> bool:
        if self.state is BreakerState.HALF_OPEN:
            return self._probe is None
        return self.state is BreakerState.CLOSED

    @property
    def wake_ns(self) -> int | None:
        """When `tick` has something to do."""
        return self._opened_ns + self._open_ns if self.state is BreakerState.OPEN else None

    def tick(self, now_ns: int) -> BreakerChanged | None:
        if self.state is BreakerState.OPEN and now_ns >= self._opened_ns + self._open_ns:
            return self._enter(BreakerState.HALF_OPEN, f"{self._open_ns / 1e9:g} s have passed")
        return None

    def sent(self, fragment_id: str) -> None:
        """In HALF_OPEN this fragment is the probe."""
        if self.state is BreakerState.HALF_OPEN:
            self._probe = fragment_id

    def succeeded(self, fragment_id: str) -> BreakerChanged | None:
        if self.state is BreakerState.CLOSED:
            self._failures = 0
        elif self.state is BreakerState.HALF_OPEN and fragment_id == self._probe:
            return self._enter(BreakerState.CLOSED, "the probe was answered")
        return None

    def failed(self, fragment_id: str, code: str, *, retryable: bool, now_ns: int) -> BreakerChanged | None:
        """A failure; one that does not count lets another fragment be the probe."""
        if not counts(code, retryable=retryable):
            self.inconclusive(fragment_id)
            return None
        if self.state is BreakerState.CLOSED:
            self._failures += 1
            if self._failures >= self._threshold:
                return self._open(f"{self._failures} failures in a row, the last: {code}", now_ns)
        elif self.state is BreakerState.HALF_OPEN and fragment_id == self._probe:
            return self._open(f"the probe failed: {code}", now_ns)
        return None

    def inconclusive(self, fragment_id: str) -> None:
        """The fragment came to an end that says nothing of the service's health."""
        if fragment_id == self._probe:
            self._probe = None

    def renewed(self) -> BreakerChanged | None:
        """A new session starts closed."""
        self._failures = 0
        self._probe = None
        if self.state is BreakerState.CLOSED:
            return None
        return self._enter(BreakerState.CLOSED, "a new session")

    def _open(self, reason: str, now_ns: int) -> BreakerChanged:
        self._opened_ns = now_ns
        return self._enter(BreakerState.OPEN, reason)

    def _enter(self, state: BreakerState, reason: str) -> BreakerChanged:
        self.state = state
        self._failures = 0
        self._probe = None
        return BreakerChanged(state, reason)
