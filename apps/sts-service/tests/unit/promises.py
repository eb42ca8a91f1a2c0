"""Compares what a session did with what the page says, and keeps the trail that is judged at its end."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dubbing_protocol import (
    EVENT_OF,
    Backpressure,
    ErrorCode,
    ErrorEvent,
    FragmentAck,
    FragmentProcessed,
    Message,
    StreamComplete,
)
from dubbing_protocol.schema import event_schema
from jsonschema import Draft202012Validator
from sts_service.server.effects import Cancel, CloseAfter, Effect, Limits, Send, Start

from unit.page import Expected, Page, Piece


class Broken(AssertionError):
    """The session did not do what the page says."""


def promise(kept: bool, what: str, *details: object) -> None:
    if not kept:
        raise Broken(": ".join([what, *map(repr, details)]))


@cache
def _schema(event: str) -> Any:
    return Draft202012Validator(event_schema(event, "to_worker"))


def check_schema(message: Message) -> None:
    """The payload as it would be sent is what the published schema allows."""
    payload = message.to_wire()
    event = EVENT_OF[type(message)]
    promise(_schema(event).is_valid(payload), "not what the schema of this event allows", event, payload)


@dataclass
class Seen:
    """One step's effects, sorted."""

    effects: list[Effect]
    messages: list[Message] = field(init=False)

    def __post_init__(self) -> None:
        self.messages = [effect.message for effect in self.effects if isinstance(effect, Send)]
        for message in self.messages:
            check_schema(message)

    @property
    def results(self) -> list[FragmentProcessed]:
        return [message for message in self.messages if isinstance(message, FragmentProcessed)]

    @property
    def errors(self) -> list[ErrorEvent]:
        return [message for message in self.messages if isinstance(message, ErrorEvent)]

    @property
    def pressures(self) -> list[Backpressure]:
        return [message for message in self.messages if isinstance(message, Backpressure)]

    @property
    def completions(self) -> list[StreamComplete]:
        return [message for message in self.messages if isinstance(message, StreamComplete)]


def check_step(seen: Seen, expected: Expected, page: Page, on_server: int) -> None:
    """Every promise about one step. `page` is already in the state after it."""
    _check_acceptance(seen, expected, len(page.inflight))
    _check_results(seen, expected)
    cancelled = [effect.work for effect in seen.effects if isinstance(effect, Cancel)]
    promise(set(cancelled) == expected.cancelled, "cancelled other works than those given up", cancelled)
    promise(len(cancelled) == len(expected.cancelled), "cancelled a work twice", cancelled)
    errors = [(error.code, error.fragment_id) for error in seen.errors]
    promise(errors == expected.errors, "other errors", errors, expected.errors)
    named = [error.metadata for error in seen.errors if error.metadata and "missing" in error.metadata]
    wanted = [{"missing": expected.missing}] if expected.missing else []
    promise(named == wanted, "other missing numbers", named, wanted)
    _check_pressure(seen, expected, page, on_server)
    _check_completion(seen, expected, page.limits, page)


def _check_acceptance(seen: Seen, expected: Expected, inflight: int) -> None:
    starts = [effect for effect in seen.effects if isinstance(effect, Start)]
    acks = [message for message in seen.messages if isinstance(message, FragmentAck)]
    piece = expected.accepted
    promise(len(starts) == (piece is not None), "accepted and refused differ", starts, expected)
    promise(len(acks) == len(starts), "an acknowledgement for each acceptance, and no other", acks)
    if piece is None:
        return
    first = seen.effects[0]
    promise(isinstance(first, Send) and first.message is acks[0], "the acknowledgement comes first")
    ahead = inflight - 1
    said = (acks[0].fragment_id, acks[0].status, acks[0].queue_position)
    wanted = (piece.fragment.fragment_id, "queued" if ahead else "processing", ahead)
    promise(said == wanted, "acknowledged wrongly", said, wanted)
    piece.work = starts[0].work
    promise(piece.work.fragment is piece.fragment, "another fragment was started")


def _check_results(seen: Seen, expected: Expected) -> None:
    retried = {piece.fragment.fragment_id for piece in expected.retries}
    in_order = [result for result in seen.results if result.fragment_id not in retried]
    of_retries = [result for result in seen.results if result.fragment_id in retried]
    wanted = [_said(piece) for piece in expected.in_order if not _withheld(piece)]
    promise([_told(result) for result in in_order] == wanted, "results or their order", in_order, wanted)
    wanted_retries = Counter(_said(piece) for piece in expected.retries if not _withheld(piece))
    promise(Counter(map(_told, of_retries)) == wanted_retries, "results of retries", of_retries)


def _withheld(piece: Piece) -> bool:
    return piece.result is not None and piece.result.withheld


def _said(piece: Piece) -> tuple[object, ...]:
    error = piece.result.error if piece.result else None
    status = piece.result.status if piece.result else None
    fragment = piece.fragment
    answer = (fragment.fragment_id, fragment.stream_id, fragment.sequence_number, status, piece.took_ms)
    return (*answer, error.code if error else None, error.retryable if error else None)


def _told(result: FragmentProcessed) -> tuple[object, ...]:
    error = result.error
    answer = (result.fragment_id, result.stream_id, result.sequence_number, result.status)
    code = error.code if error else None
    return (*answer, result.processing_time_ms, code, error.retryable if error else None)


def _check_pressure(seen: Seen, expected: Expected, page: Page, on_server: int) -> None:
    severities = [message.severity for message in seen.pressures]
    promise(severities == expected.severities, "other severities", severities, expected.severities)
    if severities:
        last = seen.pressures[-1]
        promise(last == page.announcement(on_server), "announced wrongly", last, page.announcement(on_server))


def _check_completion(seen: Seen, expected: Expected, limits: Limits, page: Page) -> None:
    promise(len(seen.completions) == expected.complete, "complete at another time", seen.completions)
    closes = [effect for effect in seen.effects if isinstance(effect, CloseAfter)]
    promise(len(closes) == expected.complete, "the end of the connection", closes)
    if not expected.complete:
        return
    promise(closes == [CloseAfter("completed", limits.auto_disconnect_delay_s)], "closed otherwise", closes)
    promise(seen.messages[-1] is seen.completions[0], "something was sent after stream:complete")
    complete = seen.completions[0]
    statistics = complete.statistics
    total = statistics.success_count + statistics.partial_count + statistics.failed_count
    promise(total == complete.total_fragments, "the counts do not add up", complete)
    promise(complete.total_fragments == len(page.lengths_ms), "fragments accepted", complete)
    promise(complete.total_duration_ms == sum(page.lengths_ms.values()), "milliseconds accepted", complete)
    promise(statistics == page.statistics(), "other statistics", statistics, page.statistics())


@dataclass
class Trail:
    """What a stream's worker saw, in order; judged without the page's state."""

    acceptances: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    numbers: list[int] = field(default_factory=list)
    severity: str = "low"
    completions: int = 0

    def add(self, seen: Seen, withheld: list[str]) -> None:
        promise(not (seen.effects and self.completions and not _only_refusals(seen)), "went on after its end")
        for effect in seen.effects:
            match effect:
                case Start(work):
                    self.acceptances[work.fragment.fragment_id] += 1
                case Send(FragmentProcessed() as result):
                    self._answered(result)
                case Send(Backpressure() as pressure):
                    self.severity = pressure.severity
                case Send(StreamComplete()):
                    self.completions += 1
        self.answers.update(withheld)

    def check_end(self) -> None:
        """After `stream:complete`."""
        promise(self.completions == 1, "stream:complete came this many times", self.completions)
        promise(self.answers == self.acceptances, "one answer for each acceptance", self)
        promise(self.severity == "low", "a level was raised and never lowered", self.severity)

    def _answered(self, result: FragmentProcessed) -> None:
        fragment_id = result.fragment_id
        self.answers[fragment_id] += 1
        promise(self.answers[fragment_id] <= self.acceptances[fragment_id], "answered twice", result)
        if self.answers[fragment_id] == 1:
            promise(result.sequence_number > max(self.numbers, default=-1), "out of order", result)
            self.numbers.append(result.sequence_number)


def _only_refusals(seen: Seen) -> bool:
    refusals = [error for error in seen.errors if error.code is ErrorCode.STREAM_NOT_FOUND]
    return len(refusals) == len(seen.effects)
