"""What the protocol's page says a session does: the plain way, by sets and searches, without queue or timer.

`Page` holds one stream. Its questions (`verdict`, `gaps`, `severity_after`) follow the page's tables row by
row; the session under test is never asked.
"""

from dataclasses import dataclass, field

from dubbing_protocol import (
    Backpressure,
    ErrorCode,
    FragmentData,
    SimulatedPressure,
    StreamInit,
    StreamStatistics,
)
from sts_service.server.effects import Limits, Work
from sts_service.server.flow import Thresholds
from sts_service.server.order import SKIP_HORIZON
from sts_service.server.processor import Result

RANK = {"low": 0, "medium": 1, "high": 2}


@dataclass(eq=False)
class Piece:
    """One acceptance."""

    fragment: FragmentData
    accepted_at: float
    is_retry: bool
    work: Work | None = None
    result: Result | None = None
    took_ms: int = 0

    @property
    def number(self) -> int:
        return self.fragment.sequence_number


@dataclass
class Expected:
    """What one step has to bring about."""

    accepted: Piece | None = None
    errors: list[tuple[ErrorCode, str | None]] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    cancelled: set[Work] = field(default_factory=set)
    retries: list[Piece] = field(default_factory=list)
    in_order: list[Piece] = field(default_factory=list)
    severities: list[str] = field(default_factory=list)
    complete: bool = False


def natural_severity(count: int, thresholds: Thresholds, max_inflight: int) -> str:
    """The table of flow control, and: above the confirmed `max_inflight` at least medium."""
    if count >= thresholds.high:
        return "high"
    if count >= thresholds.medium or count > max_inflight:
        return "medium"
    return "low"


def severity_after(before: str, count: int, thresholds: Thresholds, max_inflight: int) -> str:
    """Up at once, down with one count of slack."""
    now = natural_severity(count, thresholds, max_inflight)
    if RANK[now] >= RANK[before]:
        return now
    slack = natural_severity(count + 1, thresholds, max_inflight)
    return min(before, slack, key=lambda severity: RANK[severity])


class Page:
    """One stream, from `stream:ready` to `stream:complete`."""

    def __init__(self, init: StreamInit, limits: Limits) -> None:
        self.init, self.limits = init, limits
        self.timeout_s = init.timeout_ms / 1000
        self.state = "active"
        self.next = 0
        self.severity = "low"
        self.pretence: tuple[float, SimulatedPressure] | None = None
        self.inflight: list[Piece] = []
        self.delivered: dict[str, Piece] = {}
        self.lengths_ms: dict[str, int] = {}
        self.given_up: set[int] = set()
        self.arrivals: list[tuple[int, float]] = []
        self.times: list[float] = []

    @property
    def cap(self) -> int:
        return self.limits.thresholds.cap

    @property
    def is_open(self) -> bool:
        return self.state in ("active", "paused")

    @property
    def working(self) -> list[Piece]:
        return [piece for piece in self.inflight if piece.result is None]

    @property
    def used(self) -> set[int]:
        """Numbers from `next` on that have no place any more."""
        return {piece.number for piece in self.inflight if not piece.is_retry} | self.given_up

    @property
    def first_free(self) -> int:
        number = self.next
        while number in self.used:
            number += 1
        return number

    def gaps(self) -> dict[int, float]:
        """Missing numbers before accepted ones, and since when each is missed."""
        last = max((number for number, _ in self.arrivals), default=-1)
        return {
            missing: min(at for number, at in self.arrivals if number > missing)
            for missing in range(self.next, last)
            if missing not in self.used
        }

    def verdict(self, fragment: FragmentData, now: float, on_server: int, most: int) -> ErrorCode | None:
        """Why the fragment is refused, in the page's order of checks; None where it is accepted."""
        known = self.delivered.get(fragment.fragment_id)
        result = known.result if known else None
        is_retry = bool(result and result.error and result.error.retryable)
        if not self.is_open:
            return ErrorCode.STREAM_NOT_FOUND
        if fragment.audio.format != self.init.config.format:
            return ErrorCode.INVALID_PAYLOAD
        if len(fragment.audio.data_base64 or "") > self.limits.fragment_max_bytes:
            return ErrorCode.FRAGMENT_TOO_LARGE
        if self.state == "paused":
            return ErrorCode.STREAM_PAUSED
        in_flight = {piece.fragment.fragment_id for piece in self.inflight}
        if fragment.fragment_id in in_flight or (known and not is_retry):
            return ErrorCode.DUPLICATE_FRAGMENT
        if len(self.inflight) >= self.cap:
            return ErrorCode.BACKPRESSURE_EXCEEDED
        if on_server >= most:
            return ErrorCode.QUEUE_FULL
        if len([at for at in self.times if now - at < 60]) >= self.limits.fragment_rate_per_min:
            return ErrorCode.RATE_LIMIT
        number = fragment.sequence_number
        if known:
            return None if number == known.number else ErrorCode.INVALID_SEQUENCE
        fits = self.next <= number < self.next + self.cap and number not in self.used
        return None if fits else ErrorCode.INVALID_SEQUENCE

    def accept(self, fragment: FragmentData, now: float) -> Expected:
        piece = Piece(fragment, now, is_retry=fragment.fragment_id in self.delivered)
        self.inflight.append(piece)
        self.times.append(now)
        if not piece.is_retry:
            self.arrivals.append((piece.number, now))
            self.lengths_ms[fragment.fragment_id] = fragment.audio.duration_ms
        return Expected(accepted=piece, severities=self._announced())

    def settle(self, piece: Piece, result: Result, now: float) -> None:
        piece.result, piece.took_ms = result, round((now - piece.accepted_at) * 1000)

    def can_give_up(self, number: int) -> bool:
        return number < self.next + SKIP_HORIZON

    def give_up(self, number: int) -> None:
        if number >= self.next and number not in self.used:
            self.given_up.add(number)

    def leave(self, expected: Expected) -> Expected:
        """Lets out every result whose turn has come, and ends a stream that was told to end."""
        expected.retries += [piece for piece in self.inflight if piece.is_retry and piece.result]
        waiting = {piece.number: piece for piece in self.inflight if not piece.is_retry and piece.result}
        while self.next in waiting or self.next in self.given_up:
            if self.next in waiting:
                expected.in_order.append(waiting[self.next])
            self.given_up.discard(self.next)
            self.next += 1
        for piece in expected.retries + expected.in_order:
            self.inflight.remove(piece)
            self.delivered[piece.fragment.fragment_id] = piece
        self.arrivals = [(number, at) for number, at in self.arrivals if number >= self.next]
        expected.severities += self._announced()
        if self.state == "ending" and not self.inflight:
            self.end_pretence(expected)
            self.state, expected.complete = "completed", True
        return expected

    def end_pretence(self, expected: Expected) -> None:
        if self.pretence:
            self.pretence = None
            expected.severities.append(self.severity)

    def deadline(self) -> float | None:
        """The first moment at which time alone brings something about."""
        moments = [piece.accepted_at + self.timeout_s for piece in self.working]
        moments += [since + self.timeout_s for since in self.gaps().values()]
        if self.pretence:
            moments.append(self.pretence[0])
        return min(moments, default=None)

    def announcement(self, on_server: int) -> Backpressure:
        """What a `backpressure` event has to say now."""
        severity = self.pretence[1].severity if self.pretence else self.severity
        action = {"low": "none", "medium": "slow_down", "high": "pause"}[severity]
        delay_ms = {"low": 0, "medium": 500, "high": 1000}[severity]
        if self.pretence:
            action = self.pretence[1].action
            wanted_ms = self.pretence[1].recommended_delay_ms
            delay_ms = delay_ms if wanted_ms is None else wanted_ms
        return Backpressure.from_wire(
            {
                "stream_id": self.init.stream_id,
                "severity": severity,
                "action": action,
                "current_inflight": len(self.inflight),
                "queue_depth": on_server,
                "recommended_delay_ms": delay_ms,
            }
        )

    def statistics(self) -> StreamStatistics:
        """Of every accepted fragment's last result."""
        last = [piece for piece in self.delivered.values() if piece.result]
        counts = {
            f"{status}_count": sum(1 for piece in last if piece.result and piece.result.status == status)
            for status in ("success", "partial", "failed")
        }
        times = [piece.took_ms for piece in last]
        enough = [ms for ms in times if sum(other <= ms for other in times) * 100 >= len(times) * 95]
        return StreamStatistics(
            **counts,
            avg_processing_time_ms=round(sum(times) / len(times), 1) if times else 0.0,
            p95_processing_time_ms=float(min(enough, default=0)),
        )

    def _announced(self) -> list[str]:
        before = self.severity
        self.severity = severity_after(
            before, len(self.inflight), self.limits.thresholds, self.init.max_inflight
        )
        return [self.severity] if self.severity != before and self.pretence is None else []
