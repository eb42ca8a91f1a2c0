"""The calls that wait for a stage: the streams take turns, and in a stream who came first is first. Pure."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    ticket: int
    stream_id: str
    allowed_ns: int
    """The time its work may take."""


class Line:
    """No stream is served twice while another waits for its turn."""

    def __init__(self) -> None:
        self._all: dict[int, Waiting] = {}
        self._turns: dict[str, deque[Waiting]] = {}
        """By stream; the stream whose turn it is comes first."""

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, ticket: int) -> bool:
        return ticket in self._all

    def add(self, waiting: Waiting) -> None:
        self._all[waiting.ticket] = waiting
        self._turns.setdefault(waiting.stream_id, deque()).append(waiting)

    def next(self) -> Waiting:
        """Takes out whose turn it is; its stream's next one is last in turn. Somebody waits."""
        stream_id, own = next(iter(self._turns.items()))
        waiting = own[0]
        self.leave(waiting.ticket)
        if stream_id in self._turns:
            self._turns[stream_id] = self._turns.pop(stream_id)
        return waiting

    def leave(self, ticket: int) -> None:
        waiting = self._all.pop(ticket)
        own = self._turns[waiting.stream_id]
        own.remove(waiting)
        if not own:
            del self._turns[waiting.stream_id]

    def dissolve(self) -> list[int]:
        """Who waited, in the order in which they came."""
        tickets = list(self._all)
        self._all.clear()
        self._turns.clear()
        return tickets
