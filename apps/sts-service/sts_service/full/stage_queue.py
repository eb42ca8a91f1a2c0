"""What a stage's calls and engines have to do next. Pure.

A place is where one call runs at a time: an engine process, or one of the calls that an engine on the loop
bears. The methods return what has to be done, in order.
"""

import enum
import itertools
from dataclasses import dataclass

from sts_service.full.stage_line import Line, Waiting
from sts_service.full.stage_orders import Abandon, Answer, Begin, Expire, Order, Refuse, Replace


class Full(Exception):
    """As many calls wait as may."""


class _State(enum.Enum):
    IDLE = enum.auto()
    WORKING = enum.auto()
    AWAY = enum.auto()
    """Being replaced."""


@dataclass(slots=True)
class _Place:
    state: _State = _State.AWAY
    ticket: int = -1
    began_ns: int = 0
    allowed_ns: int = 0
    is_wanted: bool = False
    has_failed: bool = True
    """Being replaced, and it did not go at once; or never there."""


class StageQueue:
    """Of one stage."""

    def __init__(self, places: int, bound: int) -> None:
        """`bound`: calls that may wait. No place is in service before it is `back`."""
        self._places = [_Place() for _ in range(places)]
        self._bound = bound
        self._tickets = itertools.count()
        self._line = Line()

    @property
    def waiting(self) -> int:
        return len(self._line)

    @property
    def depth(self) -> int:
        """Calls that wait or are in work, also those that nobody waits for any more."""
        return self.waiting + sum(place.state is _State.WORKING for place in self._places)

    @property
    def running(self) -> int:
        """Places in service."""
        return sum(place.state is not _State.AWAY for place in self._places)

    @property
    def is_down(self) -> bool:
        """No place in service, and none that is soon."""
        return all(place.state is _State.AWAY and place.has_failed for place in self._places)

    def add(self, stream_id: str, allowed_ns: int, now_ns: int) -> tuple[int, list[Order]]:
        """A call comes; `allowed_ns` is the time its work may take. Raises `Full`."""
        if self.waiting >= self._bound and not self._idle():
            raise Full
        ticket = next(self._tickets)
        if self.is_down:
            return ticket, [Refuse(ticket)]
        self._line.add(Waiting(ticket, stream_id, allowed_ns))
        return ticket, self._fill(now_ns)

    def withdraw(self, ticket: int) -> list[Order]:
        """The call's caller has gone."""
        if ticket in self._line:
            self._line.leave(ticket)
            return []
        for number, place in enumerate(self._places):
            if place.state is _State.WORKING and place.ticket == ticket and place.is_wanted:
                place.is_wanted = False
                return [Abandon(number)]
        return []

    def ended(self, number: int, now_ns: int, *, broken: bool = False) -> list[Order]:
        """What ran in the place has come to something. `broken`: the engine is of no more use."""
        place = self._places[number]
        if place.state is not _State.WORKING:
            return []
        orders: list[Order] = [Answer(place.ticket)] if place.is_wanted else []
        place.is_wanted = False
        if broken:
            self._send_away(place)
            return [*orders, Replace(number)]
        place.state = _State.IDLE
        return orders + self._fill(now_ns)

    def gone(self, number: int) -> list[Order]:
        """The place's engine has gone; where a call runs, that call ends for it, and says so."""
        place = self._places[number]
        if place.state is not _State.IDLE:
            return []
        self._send_away(place)
        return [Replace(number)]

    def back(self, number: int, now_ns: int) -> list[Order]:
        """The place has its new engine."""
        place = self._places[number]
        place.state = _State.IDLE
        return self._fill(now_ns)

    def failed(self, number: int) -> list[Order]:
        """The place has no new engine yet, and it is tried again."""
        self._places[number].has_failed = True
        return self._refuse_waiting() if self.is_down else []

    def tick(self, now_ns: int) -> list[Order]:
        """A call's caller waits for its time; its place is lost to it for twice that, and then replaced."""
        orders: list[Order] = []
        for number, place in enumerate(self._places):
            if place.state is not _State.WORKING:
                continue
            if place.is_wanted and now_ns >= place.began_ns + place.allowed_ns:
                place.is_wanted = False
                orders += [Expire(place.ticket), Abandon(number)]
            if now_ns >= place.began_ns + 2 * place.allowed_ns:
                self._send_away(place)
                orders.append(Replace(number))
        return orders

    def next_deadline_ns(self) -> int | None:
        """When `tick` has something to do."""
        return min(
            (
                place.began_ns + place.allowed_ns * (1 if place.is_wanted else 2)
                for place in self._places
                if place.state is _State.WORKING
            ),
            default=None,
        )

    def close(self) -> list[Order]:
        """Nothing runs from now on."""
        orders = self._refuse_waiting()
        for place in self._places:
            if place.state is _State.WORKING and place.is_wanted:
                orders.append(Refuse(place.ticket))
            place.state, place.has_failed, place.is_wanted = _State.AWAY, True, False
        return orders

    def _send_away(self, place: _Place) -> None:
        place.state, place.has_failed = _State.AWAY, False

    def _refuse_waiting(self) -> list[Order]:
        return [Refuse(ticket) for ticket in self._line.dissolve()]

    def _idle(self) -> list[int]:
        return [number for number, place in enumerate(self._places) if place.state is _State.IDLE]

    def _fill(self, now_ns: int) -> list[Order]:
        orders: list[Order] = []
        for number in self._idle():
            if not self._line:
                break
            first = self._line.next()
            self._places[number] = _Place(
                _State.WORKING, first.ticket, now_ns, first.allowed_ns, is_wanted=True
            )
            orders.append(Begin(first.ticket, number))
        return orders
