"""The fragments on their way: those that wait to be sent, and those in flight (sent, no result)."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from media_service.sts.dub import Failure
from media_service.sts.fragment import Fragment


@dataclass(eq=False)
class Flight:
    """One fragment on its way."""

    fragment: Fragment
    generation: int
    """Of the stream's format: it fits only a session of the same one."""
    waiting_since_ns: int
    number: int | None = None
    """Its sequence number, from its first sending on; a retry keeps it."""
    attempts: int = 0
    sent_ns: int = 0
    not_before_ns: int = 0
    """A retry of a refused one waits a little."""
    decided: bool = False
    """The worker has been told what becomes of the slot; a late answer is awaited for its margin alone."""
    failure: Failure | None = None
    """Of the latest attempt."""
    refused: bool = False
    """That failure was a refusal."""

    @property
    def fragment_id(self) -> str:
        return self.fragment.fragment_id

    def is_due(self, now_ns: int) -> bool:
        """The slot has to be decided."""
        return self.fragment.deadline_ns is not None and now_ns >= self.fragment.deadline_ns


class Flights:
    """`waiting` is in the order of sending: first, by number, those for which the service waits."""

    def __init__(self) -> None:
        self.waiting: deque[Flight] = deque()
        self.in_flight: dict[str, Flight] = {}

    def __iter__(self) -> Iterator[Flight]:
        """Oldest first, as a snapshot."""
        return iter([*self.in_flight.values(), *self.waiting])

    @property
    def empty(self) -> bool:
        return not self.waiting and not self.in_flight

    @property
    def late(self) -> list[Flight]:
        """In flight although their slots are decided, oldest first."""
        return [flight for flight in self.in_flight.values() if flight.decided]

    def of_slot(self, slot: int) -> Flight | None:
        return next((flight for flight in self if flight.fragment.slot == slot), None)

    def put_back(self, flight: Flight) -> None:
        """Out of flight, and back among those that wait."""
        place = sum(
            other.number is not None and flight.number is not None and other.number < flight.number
            for other in self.waiting
        )
        self.waiting.insert(place, flight)

    def launch(self, flight: Flight) -> None:
        self.waiting.remove(flight)
        self.in_flight[flight.fragment_id] = flight

    def drop(self, flight: Flight) -> None:
        if self.in_flight.pop(flight.fragment_id, None) is None:
            self.waiting.remove(flight)
