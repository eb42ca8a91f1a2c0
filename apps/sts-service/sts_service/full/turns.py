"""Whose turn it is to be transcribed: one fragment of a stream at a time, in sequence order. Pure.

A fragment waits for every lower number that is here. A number that has never been seen is waited for only
shortly, since it may never come; whatever ends a fragment (done, failed, cancelled, unreadable) frees its
turn.
"""

import enum
from dataclasses import dataclass

GAP_NS = 200_000_000
"""How long a fragment waits for a predecessor that has not come. One connection hardly ever reorders."""

REMEMBERED = 4096
"""Numbers known to be over; more than any reorder window."""


class _State(enum.Enum):
    PREPARING = enum.auto()
    ASKING = enum.auto()
    RUNNING = enum.auto()
    OVER = enum.auto()


@dataclass(eq=False, slots=True)
class Ticket:
    """One fragment's place; a retry has a new one."""

    number: int
    arrived_ns: int
    _state: _State = _State.PREPARING


class Turns:
    """One stream's."""

    def __init__(self, gap_ns: int = GAP_NS) -> None:
        self._gap_ns = gap_ns
        self._here: set[Ticket] = set()
        self._over: dict[int, None] = {}

    def arrive(self, number: int, now_ns: int) -> Ticket:
        """The fragment is here; its successors wait for it from now on."""
        ticket = Ticket(number, now_ns)
        self._here.add(ticket)
        return ticket

    def ask(self, ticket: Ticket) -> None:
        """It could be transcribed now."""
        if ticket._state is _State.PREPARING:
            ticket._state = _State.ASKING

    def settle(self, ticket: Ticket) -> None:
        """It needs no turn, or none any more, for whatever reason."""
        ticket._state = _State.OVER
        self._here.discard(ticket)
        self._over.pop(ticket.number, None)
        self._over[ticket.number] = None
        if len(self._over) > REMEMBERED:
            del self._over[next(iter(self._over))]

    def next(self, now_ns: int) -> Ticket | None:
        """Who may go now, once; it runs until it is settled."""
        ticket = self._candidate()
        if ticket is None or self._goes_at_ns(ticket) > now_ns:
            return None
        ticket._state = _State.RUNNING
        return ticket

    def wakes_at_ns(self) -> int | None:
        """When `next` has an answer although nothing else happens."""
        ticket = self._candidate()
        return None if ticket is None else self._goes_at_ns(ticket)

    def _candidate(self) -> Ticket | None:
        """The lowest number here, where it asks and nobody runs."""
        if not self._here or any(ticket._state is _State.RUNNING for ticket in self._here):
            return None
        lowest = min(self._here, key=lambda ticket: (ticket.number, ticket.arrived_ns))
        return lowest if lowest._state is _State.ASKING else None

    def _goes_at_ns(self, ticket: Ticket) -> int:
        if ticket.number == 0 or ticket.number - 1 in self._over:
            return ticket.arrived_ns
        return ticket.arrived_ns + self._gap_ns
