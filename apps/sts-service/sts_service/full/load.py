"""How much of what can be worked on the open streams need, and whether another one fits. Pure.

A stream costs what was learned from it (`cost`); one that is new costs what streams here usually cost, and
before there were any, what the engines' trials took. Each open stream counts as one that sends a second of
sound every second, whatever it sends just now: it may go on at any moment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sts_service.full.cost import FADE_ALL_S, FADE_S, GUESS, GUESSED_S, TRIED_S, USUAL_S, Learned

PROCESSOR = "processor"
"""The resource that all have in common whose work is done by this machine."""

SOUND = "sound"
"""The resource that decodes, fits and encodes."""

SLACK = 0.1
"""After a refusal so much of the limit must have become free before as many streams are admitted again."""


@dataclass(frozen=True, slots=True)
class Need:
    """Of the resource that is needed most."""

    ratio: float
    """1: all of its time."""
    resource: str


@dataclass(slots=True)
class _Resource:
    places: Callable[[], float]
    """Seconds of work that it does in a second."""
    first: float
    """What a second of sound costs as long as nothing is learned,"""
    weight_s: float
    """and how much sound that stands for."""
    is_of_machine: bool


class Load:
    def __init__(self, limit: float, cores: float) -> None:
        """`limit`: the ratio that a new stream may bring about; 0: it may bring about any."""
        self.limit = limit
        self._cores = cores
        self._resources: dict[str, _Resource] = {}
        self._all = Learned(FADE_ALL_S)
        self._streams: dict[str, Learned] = {}
        self._holders: dict[str, int] = {}
        self._full_at: int | None = None
        """So many streams were refused."""

    @property
    def streams(self) -> int:
        return len(self._streams)

    @property
    def need(self) -> Need:
        """Of the open streams."""
        return self._need(self._streams)

    @property
    def admits(self) -> bool:
        """Whether another stream would be let in."""
        return self._too_much(self._streams) is None

    def told(self) -> dict[str, float | int | str | bool | None]:
        """For `/ready`."""
        need = self.need
        return {
            "ratio": round(need.ratio, 3),
            "of": need.resource,
            "limit": self.limit or None,
            "streams": self.streams,
            "admits": self.admits,
        }

    def equip(
        self, name: str, places: Callable[[], float], tried: float | None, *, is_of_machine: bool
    ) -> None:
        """There is this resource. `tried`: what a second of sound takes it, by a trial. `is_of_machine`: its
        work is this machine's processor's."""
        first, weight_s = (GUESS, GUESSED_S) if tried is None else (tried, TRIED_S)
        self._resources[name] = _Resource(places, first, weight_s, is_of_machine)

    def refusal(self, stream_id: str) -> str | None:
        """Why this stream cannot be let in; None where it can. One that is open takes nobody's room."""
        others = [name for name in self._streams if name != stream_id]
        need = self._too_much(others)
        if need is None:
            if self._full_at is not None and len(others) + 1 >= self._full_at:
                self._full_at = None
            return None
        count = len(others) + 1
        self._full_at = count if self._full_at is None else min(self._full_at, count)
        what = "the processor" if need.resource == PROCESSOR else f"the {need.resource} engines"
        running = "1 stream runs" if len(others) == 1 else f"{len(others)} streams run"
        return (
            f"no room: {running}, and another one would take {need.ratio:.0%} of {what}; "
            f"{self._allowed(count):.0%} is allowed (MAX_LOAD)"
        )

    def enter(self, stream_id: str) -> None:
        """It is let in; also a second time, by one who takes it over."""
        self._holders[stream_id] = self._holders.get(stream_id, 0) + 1
        self._streams.setdefault(stream_id, Learned(FADE_S))

    def leave(self, stream_id: str) -> None:
        """As often as it has entered."""
        self._holders[stream_id] -= 1
        if not self._holders[stream_id]:
            del self._holders[stream_id], self._streams[stream_id]

    def heard(self, stream_id: str, seconds: float) -> None:
        """So much of its sound has been worked on, or has failed."""
        if stream_id in self._streams:
            self._streams[stream_id].heard(seconds)
            self._all.heard(seconds)

    def worked(self, stream_id: str, name: str, seconds: float, processor_s: float | None = None) -> None:
        """A resource has worked on it so long, whatever came of that; so long it had the processor, all of
        the time, where that is not known."""
        if stream_id not in self._streams:
            return
        for learned in (self._streams[stream_id], self._all):
            learned.worked(name, seconds)
            if self._resources[name].is_of_machine:
                learned.worked(PROCESSOR, seconds if processor_s is None else processor_s)

    def _too_much(self, others: Iterable[str]) -> Need | None:
        """What one more than these would need, where that is more than is allowed."""
        running = list(others)
        if not self.limit or not running:
            return None
        need = self._need(running, newcomers=1)
        return need if need.ratio > self._allowed(len(running) + 1) else None

    def _allowed(self, count: int) -> float:
        is_after_refusal = self._full_at is not None and count >= self._full_at
        return self.limit * (1 - SLACK) if is_after_refusal else self.limit

    def _need(self, streams: Iterable[str], newcomers: int = 0) -> Need:
        learned = [self._streams[name] for name in streams]
        needs = [Need(0.0, PROCESSOR)]
        for name, resource in (*self._resources.items(), (PROCESSOR, self._processor())):
            usual = self._all.cost(name, resource.first, resource.weight_s)
            cost = sum(each.cost(name, usual, USUAL_S) for each in learned) + newcomers * usual
            needs.append(Need(cost / max(1.0, resource.places()), name))
        return max(needs, key=lambda need: need.ratio)

    def _processor(self) -> _Resource:
        of_machine = [each for each in self._resources.values() if each.is_of_machine]
        first = sum(each.first for each in of_machine)
        weight_s = min((each.weight_s for each in of_machine), default=TRIED_S)
        return _Resource(lambda: self._cores, first, weight_s, is_of_machine=False)
