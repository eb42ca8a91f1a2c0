"""Sentences that are made ahead of their time, and the sound of the programme, sample by sample."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from livedub.demo import voice
from livedub.demo.lettering import Mask
from livedub.demo.picture import sentence
from livedub.demo.schedule import RunningOrder, Spoken, texts
from livedub.demo.voice import RATE_HZ, Mono

AHEAD = 3
"""Sentences: a quarter of a minute."""
MAKING_S = 60.0


@dataclass(frozen=True, eq=False)
class Made:
    number: int
    text: str
    sound: Mono
    words: Mask


class Maker:
    """As a context: makes sentences on a thread, a few ahead of whoever takes them."""

    def __init__(
        self,
        script: Sequence[str],
        say: Callable[[str], Mono] = voice.say,
        draw: Callable[[str], Mask] = sentence,
    ) -> None:
        self._texts = texts(script)
        self._say, self._draw = say, draw
        self._thread = ThreadPoolExecutor(1, "sentences")
        self._coming: deque[Future[Made]] = deque()

    def __enter__(self) -> Self:
        for _ in range(AHEAD):
            self._order()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def take(self) -> Made:
        """The next. Raises what its making raised."""
        self._order()
        return self._coming.popleft().result(MAKING_S)

    def _order(self) -> None:
        number, text = next(self._texts)
        self._coming.append(self._thread.submit(self._make, number, text))

    def _make(self, number: int, text: str) -> Made:
        return Made(number, text, self._say(text), self._draw(text))


@dataclass(frozen=True, eq=False)
class Placed:
    spoken: Spoken
    start: int
    """sample"""
    made: Made


class Reader:
    """The programme's sound from its start, a piece after the other."""

    def __init__(self, take: Callable[[], Made], bed: npt.NDArray[np.float32]) -> None:
        """`bed`: (samples, 2), repeated for ever."""
        self._take = take
        self._bed = bed
        self._order = RunningOrder()
        self._at = 0
        self._now: Placed | None = None
        self._next = self._placed()

    def read(self, count: int) -> npt.NDArray[np.float32]:
        """(samples, 2)"""
        start, end = self._at, self._at + count
        out = self._bed[np.arange(start, end) % len(self._bed)]
        if self._now is not None:
            _mix(out, start, self._now)
        while self._next.start < end:
            self._now, self._next = self._next, self._placed()
            _mix(out, start, self._now)
        self._at = end
        return out

    def words(self) -> Mask | None:
        """Of the sentence that is being read, or was last."""
        return self._now.made.words if self._now is not None else None

    def _placed(self) -> Placed:
        made = self._take()
        spoken = self._order.place(made.number, made.text, len(made.sound) / RATE_HZ)
        return Placed(spoken, round(spoken.start_s * RATE_HZ), made)


def _mix(out: npt.NDArray[np.float32], start: int, placed: Placed) -> None:
    """Adds what falls into `out`, whose first sample is `start`."""
    first = max(placed.start, start)
    part = placed.made.sound[first - placed.start : max(0, start + len(out) - placed.start)]
    out[first - start : first - start + len(part)] += part[:, None]
