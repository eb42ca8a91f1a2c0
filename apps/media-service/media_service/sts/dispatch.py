"""The client's whole logic, without a socket or a clock: each input returns the actions it brings about.

For every fragment offered there is exactly one `FellBack` or one `Answered` that is not late; a `FellBack` by
the deadline may be followed by one late `Answered`.
"""

from media_service.sts.actions import Action, Pause, PressureChanged, Resume
from media_service.sts.dub import Dub, Failure
from media_service.sts.flight import Flight
from media_service.sts.fragment import Fragment, Reason
from media_service.sts.pressure import PressureAction
from media_service.sts.sending import Sending
from media_service.sts.session import Session
from media_service.sts.verdicts import Verdicts

MAX_WAITING = 8


class Dispatch:
    """`now_ns` never goes back from one input to the next."""

    def __init__(self, max_inflight: int, timeout_ns: int, max_waiting: int = MAX_WAITING) -> None:
        self.session = Session(max_inflight, max_inflight, timeout_ns)
        self.verdicts = Verdicts(self.session)
        self.flights = self.verdicts.flights
        self._sending = Sending(self.session, self.verdicts)
        self._max_waiting = max_waiting

    @property
    def room(self) -> int:
        """How many more fragments may wait before the oldest is dropped."""
        return self._max_waiting - len(self.flights.waiting)

    def tick(self, now_ns: int) -> list[Action]:
        """What time alone brings about."""
        self.verdicts.expire(now_ns)
        return self._settle(now_ns)

    def next_wake_ns(self) -> int | None:
        """When `tick` has something to do."""
        times = [
            flight.fragment.deadline_ns
            for flight in self.flights
            if not flight.decided and flight.fragment.deadline_ns is not None
        ]
        times += [flight.sent_ns + self.session.timeout_ns for flight in self.flights.in_flight.values()]
        times += [
            at_ns for at_ns in (self.verdicts.breaker.wake_ns, self._sending.wake_ns) if at_ns is not None
        ]
        return min(times, default=None)

    # What the session does

    def ready(self, max_inflight: int, now_ns: int) -> list[Action]:
        """A session has begun."""
        self.session.begin(max_inflight)
        self.verdicts.changed(self.verdicts.breaker.renewed())
        self._pressure("none", 0, now_ns)
        for flight in self.flights:
            if flight.generation != self.session.session_generation:
                self.verdicts.give_up(flight, Reason.ENDED, None, "the stream has changed its format")
        if self.session.held is not None:
            self.verdicts.actions.append(Pause(self.session.held))
        return self.tick(now_ns)

    def lost(self, reason: str, now_ns: int) -> list[Action]:
        """The session is over, or none could be had. What was never sent and has no deadline waits on."""
        self.session.lose()
        self.verdicts.forget_session()
        self._pressure("none", 0, now_ns)
        for flight in self.flights:
            may_wait = flight.fragment.deadline_ns is None and flight.number is None
            if not may_wait or flight.generation != self.session.generation:
                self.verdicts.give_up(flight, Reason.DISCONNECTED, None, reason)
        return self.tick(now_ns)

    def completed(self, now_ns: int) -> list[Action]:
        """`stream:complete`, after our `stream:end`: everything accepted has been answered."""
        self.session.connected = False
        for flight in list(self.flights.in_flight.values()):
            self.verdicts.give_up(flight, Reason.ENDED, None, "the stream was complete without its answer")
        return self.tick(now_ns)

    def pressure(self, action: PressureAction, delay_ms: int, now_ns: int) -> list[Action]:
        self.verdicts.expire(now_ns)
        self._pressure(action, delay_ms, now_ns)
        return self._settle(now_ns)

    # What the service says of a fragment

    def answered(self, dub: Dub, now_ns: int) -> list[Action]:
        self.verdicts.expire(now_ns)
        self.verdicts.answered(dub, now_ns)
        return self._settle(now_ns)

    def failed(self, fragment_id: str, failure: Failure, now_ns: int) -> list[Action]:
        """The one result of an accepted fragment is a failure."""
        self.verdicts.expire(now_ns)
        self.verdicts.failed(fragment_id, failure, now_ns)
        return self._settle(now_ns)

    def refused(self, fragment_id: str, failure: Failure, now_ns: int) -> list[Action]:
        """The fragment was not accepted."""
        self.verdicts.expire(now_ns)
        self.verdicts.refused(fragment_id, failure, now_ns)
        return self._settle(now_ns)

    def unreadable(self, fragment_id: str, problem: str, now_ns: int) -> list[Action]:
        """The result of this fragment could not be understood."""
        self.verdicts.expire(now_ns)
        self.verdicts.unreadable(fragment_id, problem)
        return self._settle(now_ns)

    # What the worker does

    def offered(self, fragment: Fragment, now_ns: int) -> list[Action]:
        self.verdicts.expire(now_ns)
        session, flight = self.session, Flight(fragment, self.session.generation, now_ns)
        if session.ending:
            self.verdicts.decide(flight, Reason.ENDED, None, "the stream has ended")
        elif not session.connected and not session.renewing and fragment.deadline_ns is not None:
            self.verdicts.decide(flight, Reason.DISCONNECTED, None, "there is no session")
        else:
            if self.room <= 0:
                oldest = self.flights.waiting[0]
                self.verdicts.give_up(oldest, Reason.OVERFLOW, None, "too many newer fragments wait")
            self.flights.waiting.append(flight)
        return self.tick(now_ns)

    def decided(self, slot: int, now_ns: int, *, applied: bool) -> list[Action]:
        """The slot goes on air now, with its dub or without."""
        self.verdicts.confirm(slot, applied=applied)
        flight = self.flights.of_slot(slot)
        if flight is not None and not flight.decided:
            self.verdicts.miss(flight, now_ns)
        return self.tick(now_ns)

    def pause(self, reason: str, now_ns: int) -> list[Action]:
        """Nothing will be offered for a while; what still waits is not sent before `resume`."""
        if self.session.held is None and self.session.open:
            self.verdicts.actions.append(Pause(reason))
        self.session.held = reason
        return self.tick(now_ns)

    def resume(self, now_ns: int) -> list[Action]:
        if self.session.held is not None and self.session.open:
            self.verdicts.actions.append(Resume())
        self.session.held = None
        return self.tick(now_ns)

    def change(self, max_inflight: int, timeout_ns: int, now_ns: int) -> list[Action]:
        """Fragments offered from now on have another format, and need a session of their own."""
        session = self.session
        session.generation += 1
        session.wanted_inflight, session.timeout_ns = max_inflight, timeout_ns
        session.renewing = session.connected or session.renewing
        if not session.connected:
            for flight in self.flights:
                self.verdicts.give_up(flight, Reason.ENDED, None, "the stream has changed its format")
        return self.tick(now_ns)

    def end(self, now_ns: int) -> list[Action]:
        """Nothing more will be offered; what waits is still sent."""
        self.session.ending = True
        if self.flights.waiting and self.session.held is not None:
            return self.resume(now_ns)
        return self.tick(now_ns)

    def close(self, now_ns: int) -> list[Action]:
        """Every slot still open is decided."""
        self.session.ending = True
        for flight in self.flights:
            self.verdicts.give_up(flight, Reason.ENDED, None, "the stream has ended")
        return self.tick(now_ns)

    def _pressure(self, action: PressureAction, delay_ms: int, now_ns: int) -> None:
        pace = self.verdicts.pace
        if pace.told(action, delay_ms, now_ns):
            self.verdicts.actions.append(PressureChanged(pace.action, pace.delay_ms))

    def _settle(self, now_ns: int) -> list[Action]:
        self._sending.pump(now_ns)
        actions = self.verdicts.actions[:]
        self.verdicts.actions.clear()
        return actions
