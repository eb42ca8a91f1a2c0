"""Predecessor and successor over a real line, with all media made up."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from media_service.handover import claim
from media_service.handover.choice import Keyframe
from media_service.handover.joint import Joint
from media_service.handover.promise import Phase
from media_service.timeline.units import MS_NS, SECOND_NS
from media_service.worker.http import serve
from media_service.worker.keyframes import Held
from media_service.worker.opening import Opening
from media_service.worker.predecessor import Predecessor
from media_service.worker.successor import Successor
from worker_http.station import FakeStation

LIMIT_S = 20.0
APART_NS = 3 * SECOND_NS
"""Between the media times of the two, and the stamps of the first one's output and its media time."""


@dataclass
class FakeFlow:
    """Keyframes by name and the clock time at which they are due; its media time begins with them."""

    due_ns: dict[str, int]
    origin_ns: int
    video: object = "h264"
    sound: Any = field(default_factory=lambda: SimpleNamespace(carries=None))
    pace: Any = field(default_factory=lambda: SimpleNamespace(delay_ns=4 * SECOND_NS))
    begins_ns: int | None = None
    ends_ns: int | None = None

    def keyframes(self, known: object, now: int, least_ns: int) -> list[Held]:
        return [
            Held(Keyframe(name, due - now), due - self.origin_ns, due - self.origin_ns)
            for name, due in self.due_ns.items()
            if due - now >= least_ns
        ]

    def first_due_in_ns(self, now: int) -> int | None:
        return 0

    def begins_at(self, decode_ns: int | None) -> None:
        self.begins_ns = decode_ns

    def ends_at(self, decode_ns: int) -> None:
        self.ends_ns = decode_ns

    def has_reached(self, decode_ns: int, now: int) -> bool:
        return now - self.origin_ns >= decode_ns


@dataclass
class FakeOutlet:
    on_air: bool = True
    kept: Opening | None = None
    taken: bool = False
    ended_at: Joint | None = None

    def joint(self, media_ns: int) -> Joint:
        return Joint(media_ns, media_ns + APART_NS, 5 * MS_NS)

    def end_at(self, joint: Joint | None) -> None:
        self.ended_at = joint

    def keep(self, opening: Opening | None) -> None:
        self.kept = opening

    async def prepare(self) -> None:
        pass

    def take(self) -> None:
        self.taken = True


@dataclass
class Pair:
    predecessor: Predecessor
    old: FakeFlow
    leaves: FakeOutlet
    successor: Successor
    new: FakeFlow
    takes: FakeOutlet
    modes: list[str]


@contextlib.asynccontextmanager
async def pair(mine: dict[str, float], theirs: dict[str, float], **old: Any) -> AsyncIterator[Pair]:
    """By the seconds after which keyframes are due in the old one and in the new one."""
    now = time.monotonic_ns()
    flows = [
        FakeFlow({name: now + round(due * SECOND_NS) for name, due in held.items()}, now - before)
        for held, before in ((mine, 100 * SECOND_NS), (theirs, 10 * SECOND_NS))
    ]
    leaves, takes = FakeOutlet(on_air=old.get("on_air", True)), FakeOutlet()
    predecessor = Predecessor(flows[0], leaves, time.monotonic_ns, lambda: "original")  # type: ignore[arg-type]
    predecessor.is_ending = old.get("is_ending", False)
    station = FakeStation()
    station.predecessor = predecessor  # type: ignore[assignment]
    modes: list[str] = []
    async with serve(station, "127.0.0.1", 0) as port:
        successor = Successor(
            f"http://127.0.0.1:{port}",
            None,
            "5f",
            flows[1],  # type: ignore[arg-type]
            takes,  # type: ignore[arg-type]
            time.monotonic_ns,
            is_ready=lambda: True,
            set_mode=modes.append,
        )
        running = asyncio.create_task(successor.run())
        try:
            yield Pair(predecessor, flows[0], leaves, successor, flows[1], takes, modes)
        finally:
            running.cancel()
            await asyncio.wait([running])


async def over(both: Pair) -> None:
    """Ticks until the output is the successor's."""
    async with asyncio.timeout(LIMIT_S):
        while not both.successor.taken.is_set():
            if both.predecessor.is_due(time.monotonic_ns()) and both.predecessor.phase is Phase.LEAVING:
                both.predecessor.has_left()
            await asyncio.sleep(0.02)


async def test_the_successor_goes_on_at_the_keyframe_of_both_on_the_other_one_s_clock() -> None:
    async with pair({"a": 0.5, "b": 1.3, "c": 2.3}, {"b": 1.35, "c": 2.35}) as both:
        await over(both)
        cut_ns = both.old.due_ns["b"] - both.old.origin_ns
        assert both.old.ends_ns == cut_ns
        assert both.leaves.ended_at == both.leaves.joint(cut_ns)
        begins_ns = both.new.due_ns["b"] - both.new.origin_ns
        assert both.new.begins_ns == begins_ns
        assert both.takes.kept is not None
        assert both.takes.kept.joint == Joint(begins_ns, cut_ns + APART_NS, 5 * MS_NS)
        assert both.takes.taken
        assert both.successor.is_changing
        assert both.modes == ["original"]


async def test_without_a_keyframe_of_both_each_has_its_own_and_the_clock_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claim, "COMMON_NS", -1)
    async with pair({"a": 0.5, "b": 1.4}, {"x": 1.0, "y": 1.6}) as both:
        await over(both)
        cut_ns = both.old.due_ns["b"] - both.old.origin_ns
        assert both.takes.kept is not None
        joint = both.takes.kept.joint
        assert joint.media_ns == both.new.due_ns["y"] - both.new.origin_ns
        later_ns = joint.stamp_ns - (cut_ns + APART_NS)
        assert abs(later_ns - 200 * MS_NS) < 20 * MS_NS
        assert joint.sound_ns == 5 * MS_NS - later_ns


async def test_one_that_is_not_on_air_makes_way_and_there_is_nothing_to_go_on_from() -> None:
    async with pair({"b": 1.3}, {"b": 1.3}, on_air=False) as both:
        await over(both)
        assert both.predecessor.phase is Phase.LEFT
        assert (both.takes.taken, both.takes.kept, both.new.begins_ns) == (True, None, None)


async def test_one_whose_stream_ends_gives_nothing_and_is_done_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claim, "ASKING_NS", SECOND_NS // 2)
    async with pair({"b": 1.3}, {"b": 1.3}, is_ending=True) as both:
        await over(both)
        assert both.predecessor.phase is Phase.STEADY
        assert both.takes.taken
