"""The grace begins with the last packet, and no attempt to connect begins it anew."""

import asyncio
from typing import Any

import pytest
from media_service.errors import InputFailed
from media_service.pipeline.packet import Packet
from media_service.timeline.epochs import Track
from media_service.timeline.units import SECOND_NS
from media_service.worker import inlet
from media_service.worker.inlet import Inlet

GRACE_S = 10


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns

    def passes(self, seconds: float) -> None:
        self.now_ns += int(seconds * SECOND_NS)


class Scripted:
    """A source that gives these packets and fails then; one without any fails at its first poll."""

    ended = False

    def __init__(self, packets: int) -> None:
        self._packets = packets

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def poll(self, most: int) -> list[Packet]:
        if not self._packets:
            raise InputFailed("refused")
        self._packets -= 1
        return [Packet(Track.AUDIO, None, b"-", 0, 0, 0, False)]  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inlet, "RETRY_S", (0,))


async def _gone(packets: list[int], *, each_s: float) -> float:
    """Plays connections with so many packets each, the last one over and over, and one connection takes this
    long: when the source was given up, in seconds from the start.
    """
    clock, made = Clock(), 0

    def make() -> Any:
        nonlocal made
        made += 1
        clock.passes(each_s)
        return Scripted(packets[min(made, len(packets)) - 1])

    tested = Inlet(
        make, clock, grace_s=GRACE_S, live=True, on_connected=lambda: None, on_lost=lambda reason: None
    )

    async def tick() -> None:
        while True:
            tested.poll()
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    try:
        with pytest.raises(InputFailed):
            async with asyncio.timeout(20):
                await tested.run()
    finally:
        ticking.cancel()
    return clock.now_ns / SECOND_NS


async def test_a_source_that_was_live_and_is_refused_from_then_on_is_given_up_after_the_grace() -> None:
    assert await _gone([3, 0], each_s=1.0) == 1 + GRACE_S + 1


async def test_one_that_never_was_there_is_given_up_after_it_too() -> None:
    assert await _gone([0], each_s=1.0) == GRACE_S + 1


async def test_whenever_it_was_live_again_the_grace_begins_anew() -> None:
    assert await _gone([3, 0, 0, 0, 0, 2, 0], each_s=1.0) == 6 + GRACE_S + 1
