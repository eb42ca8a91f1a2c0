"""Streams are let in one after the other until one is refused: what that one does to those that run.

It asks again every two seconds, as a worker does at first; then one of the others leaves, and it gets in.
"""

import asyncio
import random
from dataclasses import asdict, dataclass
from itertools import chain, pairwise
from time import perf_counter

from benchmarks.load_ramp import BUDGET_S, SLOT_S, load_of, within
from benchmarks.loads import percentile
from benchmarks.service import Service
from benchmarks.stream import Stream, StreamRefused
from benchmarks.sts_sound import TEXTS, fragment

BETWEEN_S = 2.0
"""From one that is let in to the next; so the service learns meanwhile."""
ASK_EVERY_S = 2.0
GETS_IN_S = 90.0
LOST_S = 60.0
"""How late a fragment counts that was never answered."""
MOST_FRAGMENTS = 200


@dataclass(frozen=True, slots=True)
class Watch:
    """Those that run are watched while nobody asks, and so long again while another one does, in turns: a
    machine whose speed sways shows in both."""

    seconds: float = 36.0
    turns: int = 4


@dataclass(frozen=True, slots=True)
class Span:
    """The fragments that were sent within some time."""

    sent: int
    in_3_s: float
    in_6_s: float
    p95_s: float

    @classmethod
    def of(cls, waits_s: list[float]) -> "Span":
        if not waits_s:
            return cls(0, 0.0, 0.0, 0.0)
        return cls(len(waits_s), within(waits_s, BUDGET_S), within(waits_s, SLOT_S), percentile(waits_s, 95))

    def __str__(self) -> str:
        return f"{self.sent} | {self.in_3_s:.1%} | {self.in_6_s:.1%} | {self.p95_s:.2f} s"


@dataclass(frozen=True, slots=True)
class Crowd:
    admitted: int
    refusal: str | None
    """None where all were let in that were tried."""
    load: float
    refused: int
    """How often it asked in vain."""
    before: Span
    """Those that run, while nobody asks,"""
    after: Span
    """and while another one does."""
    turns: list[tuple[Span, Span]]
    """The same, one after the other."""
    in_after_s: float | None
    """From the leaving of one of them until it is in."""

    def __str__(self) -> str:
        rows = [
            f"**{self.admitted} streams** are let in; then: {self.refusal or 'no more were tried'}. "
            f"Another one asked {self.refused} times.",
            "",
            "| of those that run | fragments | in 3 s | in 6 s | 95 % answered within |",
            "| --- | --: | --: | --: | --: |",
        ]
        for calm, asked in [*self.turns, (self.before, self.after)]:
            rows += [f"| nobody asks | {calm} |", f"| another one asks | {asked} |"]
        rows[-2:] = [f"| **in all**, nobody asks | {self.before} |", f"| another one asks | {self.after} |"]
        if self.in_after_s is not None:
            rows += ["", f"One of them leaves: {self.in_after_s:.1f} s later the other is in."]
        return "\n".join(rows)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


async def crowd(service: Service, watch: Watch, *, most: int) -> Crowd:
    async with asyncio.TaskGroup() as tasks:
        room = _Room(service, tasks)
        refusal = None
        while refusal is None and len(room.running) < most:
            refusal = await room.ask()
            await asyncio.sleep(BETWEEN_S)
        load = (await asyncio.to_thread(load_of, service))["ratio"]
        admitted, refused = len(room.running), 0
        marks = [room.mark()]
        for _ in range(watch.turns):
            await asyncio.sleep(watch.seconds)
            marks.append(room.mark())
            # Were it let in now, the limit would sway.
            if refusal is not None:
                refused += await room.keep_asking(watch.seconds)
            marks.append(room.mark())
        in_after_s = await room.replace() if refusal is not None else None
        await room.close()
    windows = list(pairwise(marks))
    calm, asked = ([room.waits_s(*window) for window in windows[part::2]] for part in (0, 1))
    return Crowd(
        admitted=admitted,
        refusal=refusal,
        load=load,
        refused=refused,
        before=Span.of(list(chain(*calm))),
        after=Span.of(list(chain(*asked))),
        turns=[(Span.of(one), Span.of(other)) for one, other in zip(calm, asked, strict=True)],
        in_after_s=in_after_s,
    )


class _Room:
    """The streams that run, each sending a fragment a slot."""

    def __init__(self, service: Service, tasks: asyncio.TaskGroup) -> None:
        self.running: dict[Stream, asyncio.Task[None]] = {}
        self._all: list[Stream] = []
        self._service, self._tasks = service, tasks
        self._dice = random.Random(1)
        self._prefix = f"crowd-{random.randrange(16**8):08x}"

    async def ask(self) -> str | None:
        """One more stream; why it is refused."""
        number = len(self._all)
        stream = Stream(f"{self._prefix}-{number}", fragment(TEXTS[number % len(TEXTS)]), MOST_FRAGMENTS)
        stream.is_strict = False
        try:
            await stream.open(self._service.port)
        except StreamRefused as refused:
            return str(refused)
        self._all.append(stream)
        self.running[stream] = self._tasks.create_task(self._send(stream))
        return None

    async def keep_asking(self, seconds: float) -> int:
        """How often it was refused."""
        loop = asyncio.get_running_loop()
        end, refused = loop.time() + seconds, 0
        while loop.time() < end:
            refused += await self.ask() is not None
            await asyncio.sleep(ASK_EVERY_S)
        return refused

    def mark(self) -> float:
        """Now, by the clock of the streams."""
        return perf_counter()

    def waits_s(self, begin: float, end: float) -> list[float]:
        """Of the fragments that were sent within."""
        return [
            (done or sent + LOST_S) - sent
            for stream in self._all
            for sent, done in zip(stream.sent_at, stream.processed_at, strict=True)
            if begin <= sent < end
        ]

    async def replace(self) -> float | None:
        """One leaves, another asks until it is in; the seconds that took."""
        loop = asyncio.get_running_loop()
        await self._leave(next(iter(self.running)))
        began = loop.time()
        while loop.time() < began + GETS_IN_S:
            if await self.ask() is None:
                return loop.time() - began
            await asyncio.sleep(ASK_EVERY_S)
        return None

    async def close(self) -> None:
        for stream in list(self.running):
            await self._leave(stream)

    async def _leave(self, stream: Stream) -> None:
        self.running.pop(stream).cancel()
        await stream.close()

    async def _send(self, stream: Stream) -> None:
        await asyncio.sleep(self._dice.random() * SLOT_S)
        while True:
            stream.send()
            await asyncio.sleep(SLOT_S)
