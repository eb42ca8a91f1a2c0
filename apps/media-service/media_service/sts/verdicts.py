"""What becomes of each slot: decided once, by an answer, by time, or because its fragment is given up."""

from typing import TypeVar

from media_service.sts.actions import Ack, Action, Answered, FellBack, Resume, Skip
from media_service.sts.breaker import Breaker, BreakerChanged, BreakerState
from media_service.sts.dub import Dub, Failure
from media_service.sts.flight import Flight, Flights
from media_service.sts.fragment import Fallback, Reason
from media_service.sts.pressure import Pace
from media_service.sts.roundtrip import RoundTrips
from media_service.sts.session import Session

MAX_ATTEMPTS = 2

REFUSED_WAIT_NS = 500_000_000
"""Before what was refused is sent again: at once, it would be refused again."""

REMEMBERED = 64
"""Answers whose use is not yet told, and fragments given up whose results may still come."""

TIMEOUT = "TIMEOUT"

K = TypeVar("K")
V = TypeVar("V")


class Verdicts:
    def __init__(self, session: Session) -> None:
        self.flights = Flights()
        self.breaker = Breaker()
        self.pace = Pace()
        self.round_trips = RoundTrips()
        self.actions: list[Action] = []
        self._session = session
        self._unconfirmed: dict[int, str] = {}
        self._given_up: dict[str, None] = {}

    def decide(self, flight: Flight, reason: Reason, code: str | None, message: str) -> None:
        """The slot has no dub; told once."""
        if not flight.decided:
            flight.decided = True
            self.actions.append(FellBack(Fallback(flight.fragment.slot, reason, code, message)))

    def give_up(self, flight: Flight, reason: Reason, code: str | None, message: str) -> None:
        """Nothing more is awaited of the fragment; where it has a number the service is told so."""
        self.flights.drop(flight)
        self.breaker.inconclusive(flight.fragment_id)
        self._skip(flight)
        self.decide(flight, reason, code, message)

    def miss(self, flight: Flight, now_ns: int) -> None:
        """The slot has to be decided now. What is in flight counts as a time-out, and may land late."""
        if flight.fragment_id in self.flights.in_flight:
            self._blame(flight, Failure(TIMEOUT, "", retryable=True), now_ns)
            self.decide(flight, Reason.DEADLINE, TIMEOUT, "no answer when the slot was due")
        elif flight.failure is not None:
            reason = Reason.REFUSED if flight.refused else Reason.FAILED
            self.give_up(flight, reason, flight.failure.code, flight.failure.message)
        elif self.pace.action != "none":
            self.give_up(flight, Reason.BACKPRESSURE, None, f"the service asked to {self.pace.action}")
        else:
            self.give_up(flight, Reason.NO_TIME, None, "too little time was left for an answer")

    def expire(self, now_ns: int) -> None:
        """What time alone decides."""
        self.changed(self.breaker.tick(now_ns))
        for flight in self.flights:
            if not flight.decided and flight.is_due(now_ns):
                self.miss(flight, now_ns)
            sent = flight.fragment_id in self.flights.in_flight
            if sent and now_ns >= flight.sent_ns + self._session.timeout_ns:
                if not flight.decided:
                    self._blame(flight, Failure(TIMEOUT, "", retryable=True), now_ns)
                self.give_up(flight, Reason.TIMEOUT, TIMEOUT, "no answer within the time-out")

    def answered(self, dub: Dub, now_ns: int) -> None:
        flight = self._landed(dub.fragment_id)
        if flight is None:
            return
        if dub.sequence_number != flight.number:
            self._unusable(flight, "the answer names another sequence number")
            return
        rtt_ns = now_ns - flight.sent_ns
        self.round_trips.add(rtt_ns, now_ns)
        late = flight.decided
        if late:
            self.actions.append(Ack(dub.fragment_id, "received"))
        else:
            flight.decided = True
            self.changed(self.breaker.succeeded(dub.fragment_id))
            _remember(self._unconfirmed, flight.fragment.slot, dub.fragment_id)
        self.actions.append(Answered(dub.answer(flight.fragment, rtt_ns, now_ns, late=late)))

    def failed(self, fragment_id: str, failure: Failure, now_ns: int) -> None:
        flight = self._landed(fragment_id)
        if flight is None:
            return
        self.actions.append(Ack(fragment_id, "received"))
        if not flight.decided and not self._retry(flight, failure, now_ns, refused=False):
            self.decide(flight, Reason.FAILED, failure.code, failure.message)

    def refused(self, fragment_id: str, failure: Failure, now_ns: int) -> None:
        """Its number is a gap until the fragment is sent again, or skipped."""
        flight = self.flights.in_flight.get(fragment_id)
        if flight is None:
            return
        if failure.code == "STREAM_PAUSED" and self._session.held is None and self._session.open:
            self.actions.append(Resume())
        self.flights.drop(flight)
        if flight.decided or not self._retry(flight, failure, now_ns, refused=True):
            self._skip(flight)
            self.decide(flight, Reason.REFUSED, failure.code, failure.message)

    def unreadable(self, fragment_id: str, problem: str) -> None:
        flight = self._landed(fragment_id)
        if flight is not None:
            self._unusable(flight, problem)

    def confirm(self, slot: int, *, applied: bool) -> None:
        """The worker tells what it did with the slot's dub, if it had one."""
        fragment_id = self._unconfirmed.pop(slot, None)
        if fragment_id is not None:
            self.actions.append(Ack(fragment_id, "applied" if applied else "received"))

    def forget_session(self) -> None:
        self._unconfirmed.clear()
        self._given_up.clear()

    def changed(self, transition: BreakerChanged | None) -> None:
        if transition is not None:
            self.actions.append(transition)

    def _skip(self, flight: Flight) -> None:
        if flight.number is not None and self._session.connected:
            _remember(self._given_up, flight.fragment_id, None)
            self.actions.append(Skip((flight.number,)))

    def _landed(self, fragment_id: str) -> Flight | None:
        """Takes the fragment out of flight; None where no result of it is awaited."""
        flight = self.flights.in_flight.pop(fragment_id, None)
        if flight is None and fragment_id in self._given_up:
            del self._given_up[fragment_id]
            self.actions.append(Ack(fragment_id, "received"))
        return flight

    def _unusable(self, flight: Flight, problem: str) -> None:
        self.breaker.inconclusive(flight.fragment_id)
        self.actions.append(Ack(flight.fragment_id, "received"))
        self.decide(flight, Reason.UNREADABLE, None, problem)

    def _retry(self, flight: Flight, failure: Failure, now_ns: int, *, refused: bool) -> bool:
        """Lets the fragment wait for its second attempt, if that makes sense."""
        self._blame(flight, failure, now_ns)
        if not failure.retryable or flight.attempts >= MAX_ATTEMPTS or not self._session.open:
            return False
        if self.breaker.state is BreakerState.OPEN:
            return False
        not_before_ns = now_ns + (REFUSED_WAIT_NS if refused else 0)
        deadline_ns = flight.fragment.deadline_ns
        if deadline_ns is not None and not_before_ns + self.round_trips.expected_ns(now_ns) >= deadline_ns:
            return False
        flight.failure, flight.refused = failure, refused
        flight.waiting_since_ns, flight.not_before_ns = now_ns, not_before_ns
        self.flights.put_back(flight)
        return True

    def _blame(self, flight: Flight, failure: Failure, now_ns: int) -> None:
        retryable = failure.retryable
        self.changed(
            self.breaker.failed(flight.fragment_id, failure.code, retryable=retryable, now_ns=now_ns)
        )


def _remember(memory: dict[K, V], key: K, value: V) -> None:
    """Bounded: the oldest is forgotten."""
    if len(memory) >= REMEMBERED:
        del memory[next(iter(memory))]
    memory[key] = value
