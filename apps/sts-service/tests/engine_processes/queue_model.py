"""Random lives of a stage's queue, and what must hold whatever happens. No clock, no engine."""

import random
from collections import Counter, defaultdict

from sts_service.full.stage_orders import Abandon, Answer, Begin, Expire, Order, Refuse, Replace
from sts_service.full.stage_queue import Full, StageQueue

ALLOWED_NS = 100


class Life:
    """A queue, and a record of what it has ordered; each step checks the promises that hold at any time."""

    def __init__(self, seed: int, places: int, bound: int, queue: StageQueue | None = None) -> None:
        self.chance = random.Random(seed)
        self.bound = bound
        self.queue = queue or StageQueue(places, bound)
        self.now_ns = 0
        self.waiting: dict[int, str] = {}
        self.placed: dict[int, int] = {}
        """By place, the ticket whose work runs there, wanted or not."""
        self.began_ns: dict[int, int] = {}
        self.unanswered: set[int] = set()
        self.withdrawn: set[int] = set()
        self.ends: Counter[int] = Counter()
        self.away = set(range(places))
        self.failed = set(range(places))
        self.overtaken: dict[int, Counter[str]] = defaultdict(Counter)
        self.full = 0

    def step(self) -> None:
        self.now_ns += self.chance.choice((0, 1, 10, 60))
        moves = (self.add, self.add, self.withdraw, self.end, self.end, self.tick, self.lose, self.bring)
        self.chance.choice(moves)()
        self.check()

    def add(self) -> None:
        stream_id = self.chance.choice("abcde")
        try:
            ticket, orders = self.queue.add(stream_id, ALLOWED_NS, self.now_ns)
        except Full:
            assert len(self.waiting) >= self.bound
            assert not self.idle, "an idle engine takes a call whatever the bound"
            self.full += 1
            return
        self.unanswered.add(ticket)
        self.waiting[ticket] = stream_id
        self.obey(orders)
        assert len(self.waiting) <= self.bound

    def withdraw(self) -> None:
        if self.unanswered:
            ticket = self.chance.choice(sorted(self.unanswered))
            self.unanswered.remove(ticket)
            self.withdrawn.add(ticket)
            self.waiting.pop(ticket, None)
            self.obey(self.queue.withdraw(ticket))

    def end(self, *, broken: bool | None = None) -> None:
        working = [place for place in self.placed if place not in self.away]
        if working:
            place = self.chance.choice(working)
            del self.placed[place]
            broken = self.chance.random() < 0.2 if broken is None else broken
            self.obey(self.queue.ended(place, self.now_ns, broken=broken))
            assert (place in self.away) is broken

    def tick(self) -> None:
        self.obey(self.queue.tick(self.now_ns))
        for place, ticket in self.placed.items():
            age_ns = self.now_ns - self.began_ns[ticket]
            assert age_ns < ALLOWED_NS or ticket not in self.unanswered, "nobody waits beyond the time-out"
            assert age_ns < 2 * ALLOWED_NS or place in self.away, "no process lives beyond twice the time-out"

    def lose(self) -> None:
        place = self.chance.randrange(self.places)
        orders: list[Order] = [Replace(place)] if place in self.idle else []
        assert self.queue.gone(place) == orders, "what works says so itself, what is away is known to be"
        self.obey(orders)

    def bring(self) -> None:
        if self.away:
            place = self.chance.choice(sorted(self.away))
            if self.chance.random() < 0.3:
                self.failed.add(place)
                self.obey(self.queue.failed(place))
                return
            # What ran there has ended by now, whatever it was.
            self.placed.pop(place, None)
            self.away.remove(place)
            self.failed.discard(place)
            self.obey(self.queue.back(place, self.now_ns))

    @property
    def idle(self) -> set[int]:
        return set(range(self.places)) - self.away - set(self.placed)

    @property
    def places(self) -> int:
        return len(self.queue._places)

    def obey(self, orders: list[Order]) -> None:
        for order in orders:
            match order:
                case Begin(ticket, place):
                    assert place not in self.placed, "one call at a time in a place"
                    assert place not in self.away
                    stream_id = self.waiting.pop(ticket)
                    older = [other for other, name in self.waiting.items() if name == stream_id]
                    assert all(other > ticket for other in older), "first come, first served in a stream"
                    for other, name in self.waiting.items():
                        if name != stream_id and not any(
                            before < other and self.waiting[before] == name for before in self.waiting
                        ):
                            self.overtaken[other][stream_id] += 1
                            most = self.overtaken[other][stream_id]
                            assert most <= 1, "the streams take turns: none is served twice before another"
                    self.placed[place] = ticket
                    self.began_ns[ticket] = self.now_ns
                    # Its stream's next one is first in the stream's line from now on.
                    for other in older:
                        self.overtaken.pop(other, None)
                case Answer(ticket) | Expire(ticket) | Refuse(ticket):
                    assert ticket in self.unanswered, "each call ends once"
                    self.unanswered.remove(ticket)
                    self.waiting.pop(ticket, None)
                    self.ends[ticket] += 1
                    if isinstance(order, Refuse):
                        assert len(self.failed) == self.places, "an engine that is back soon is waited for"
                case Abandon(place):
                    assert self.placed[place] not in self.unanswered
                case Replace(place):
                    self.away.add(place)
                    self.failed.discard(place)

    def check(self) -> None:
        assert set(self.waiting) <= self.unanswered
        assert self.queue.waiting == len(self.waiting) <= self.bound
        assert self.queue.running == self.places - len(self.away)
        assert not (self.idle and self.waiting), "no call waits beside an idle engine"
        assert not (len(self.failed) == self.places and self.waiting), "nobody waits for what does not come"
        deadline_ns = self.queue.next_deadline_ns()
        working = [ticket for place, ticket in self.placed.items() if place not in self.away]
        assert (deadline_ns is None) == (not working)

    def finish(self) -> None:
        """Everything that was taken on comes to an end once the engines work again."""
        while self.unanswered:
            self.bring()
            self.end(broken=False)
            self.check()
        assert set(self.ends.values()) <= {1}
        assert not self.withdrawn & set(self.ends)
