"""Which of the waiting fragments goes now, if any."""

from media_service.sts.actions import End, Renew, Send
from media_service.sts.breaker import BreakerState
from media_service.sts.flight import Flight
from media_service.sts.fragment import Reason
from media_service.sts.session import Session
from media_service.sts.verdicts import Verdicts


class Sending:
    """Strictly first come, first served: a later number never overtakes one that the service waits for."""

    def __init__(self, session: Session, verdicts: Verdicts) -> None:
        self._session = session
        self._verdicts = verdicts
        self.wake_ns: int | None = None
        """When the first of the queue may go, where only time holds it back."""

    def pump(self, now_ns: int) -> None:
        """Sends all that may be sent; in flight there are never more than the session's `max_inflight`."""
        self.wake_ns = None
        if self._verdicts.breaker.state is BreakerState.OPEN:
            self._empty_queue()
        while self._session.open and self._waiting:
            if not self._next(self._waiting[0], now_ns):
                break
        if self._session.open:
            self._turn_over()

    @property
    def _waiting(self) -> list[Flight]:
        return list(self._verdicts.flights.waiting)

    def _next(self, flight: Flight, now_ns: int) -> bool:
        """Sends the fragment or gives it up; False where it has to wait."""
        verdicts, session = self._verdicts, self._session
        if session.held is not None or not verdicts.breaker.may_send:
            return False
        if flight.generation != session.session_generation:
            return False
        if self._is_hopeless(flight, now_ns):
            verdicts.miss(flight, now_ns)
            return True
        if verdicts.pace.paused:
            self._drop_late(len(verdicts.flights.late))
            return False
        in_flight = verdicts.flights.in_flight
        self._drop_late(len(in_flight) + 1 - session.max_inflight)
        if len(in_flight) >= session.max_inflight:
            return False
        at_ns = max(flight.not_before_ns, verdicts.pace.may_send_at(flight.waiting_since_ns))
        if now_ns < at_ns:
            self.wake_ns = at_ns
            return False
        self._send(flight, now_ns)
        return True

    def _send(self, flight: Flight, now_ns: int) -> None:
        if flight.number is None:
            flight.number = self._session.take_number()
        flight.attempts += 1
        flight.sent_ns = now_ns
        self._verdicts.flights.launch(flight)
        self._verdicts.breaker.sent(flight.fragment_id)
        self._verdicts.pace.sent(now_ns)
        self._verdicts.actions.append(Send(flight.fragment, flight.number))

    def _is_hopeless(self, flight: Flight, now_ns: int) -> bool:
        """Going by the latest answers; but with nothing in flight sending takes nobody's place, and shows
        whether answers are still that slow: so a bad estimate cannot keep itself alive."""
        deadline_ns = flight.fragment.deadline_ns
        if deadline_ns is None or not self._verdicts.flights.in_flight:
            return False
        return now_ns + self._verdicts.round_trips.expected_ns(now_ns) >= deadline_ns

    def _drop_late(self, count: int) -> None:
        """Others wait: late answers, wanted for their margin alone, are awaited no longer."""
        for flight in self._verdicts.flights.late[: max(count, 0)]:
            self._verdicts.give_up(flight, Reason.DEADLINE, None, "others wait to be sent")

    def _empty_queue(self) -> None:
        for flight in self._waiting:
            self._verdicts.give_up(flight, Reason.BREAKER_OPEN, None, "the circuit breaker is open")

    def _turn_over(self) -> None:
        """Ends the session once its work is done: for good, or for the next format's."""
        session, flights = self._session, self._verdicts.flights
        if session.ending and not flights.waiting:
            session.ended = True
            self._verdicts.actions.append(End())
        elif session.renewing:
            self._drop_late(len(flights.late))
            unsent = any(flight.generation == session.session_generation for flight in flights.waiting)
            if not flights.in_flight and not unsent:
                session.connected = False
                self._verdicts.forget_session()
                self._verdicts.actions.append(Renew())
