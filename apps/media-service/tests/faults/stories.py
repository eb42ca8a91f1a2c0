"""What befalls the service of each worker, and when it is well again."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fragment_audio import m4a
from live.echo import EchoProcess
from media_service.testmedia.program import Program
from servers.ports import LOCAL, free_port, listens
from sts_client.hostile import HostileServer
from sts_service.echo import EchoServer

from faults.crowd import AV_OFFSET_MS, BREAKER_OPEN_S, SETTLED, Crowd, Station
from faults.heard import inverted

START_S = 60.0
"""Of a whole crowd, on a machine that is busy with other things."""
SLOTS_S = 90.0
KEY = "wrong-key-8c1f2a"


@dataclass(frozen=True)
class Times:
    """Seconds."""

    fault_s: float = 10.0
    cut_every_s: float = 3.0
    breaker_open_s: float = 6.0
    """The workers' own 30 s would be most of the time."""

    @property
    def programme_s(self) -> float:
        """Start, fault, twice a breaker that waits, and the last dubs."""
        return 35 + self.fault_s + 2 * (self.breaker_open_s + 5)

    @property
    def recovery_s(self) -> float:
        return 2 * self.breaker_open_s + 30


LONG = Times(fault_s=60, cut_every_s=10, breaker_open_s=BREAKER_OPEN_S)

Story = Callable[[Crowd, Times], Awaitable[None]]


async def _trouble(
    station: Station, times: Times, begin: Callable[[], None], heal: Callable[[], None]
) -> None:
    await station.until_settled(SETTLED, START_S)
    station.mark("trouble_ms")
    await asyncio.to_thread(begin)
    await asyncio.sleep(times.fault_s)
    station.mark("healed_ms")
    await asyncio.to_thread(heal)
    await station.until_dubbed(SETTLED, times.recovery_s, after=station.last_slot)


async def killed(crowd: Crowd, times: Times) -> None:
    async with EchoProcess(crowd.folder / "killed", voice="inverted") as echo:
        await _trouble(await crowd.enter("killed", echo.url), times, echo.kill, echo.start)
        await crowd.stations["killed"].leave()


async def frozen(crowd: Crowd, times: Times) -> None:
    async with EchoProcess(crowd.folder / "frozen", voice="inverted") as echo:
        await _trouble(await crowd.enter("frozen", echo.url), times, echo.freeze, echo.thaw)
        await crowd.stations["frozen"].leave()


def hostile(name: str, behaviour: str, *, cuts: bool = False, delay_s: float = 1.0) -> Story:
    """A service that echoes, then behaves like this, then echoes again."""

    async def story(crowd: Crowd, times: Times) -> None:
        late_s = times.cut_every_s if behaviour == "cut" else delay_s
        async with HostileServer("echo", voice=inverted, delay_s=late_s) as service:
            loop = asyncio.get_running_loop()

            def begin() -> None:
                service.behave(behaviour)
                if cuts:
                    loop.call_soon_threadsafe(service.cut_all)

            station = await crowd.enter(name, service.url)
            await _trouble(station, times, begin, lambda: service.behave("echo"))
            station.facts["attempted_ns"] = service.attempted_ns
            station.facts["most_in_flight"] = service.most_in_flight
            await station.leave()

    return story


LONG_TROUBLES: dict[str, Story] = {
    "killed": killed,
    "frozen": frozen,
    "hung": hostile("hung", "hang"),
    "slow": hostile("slow", "slow", delay_s=AV_OFFSET_MS / 1000 + 1),
    "cut": hostile("cut", "cut", cuts=True),
    "garbage": hostile("garbage", "garbage"),
    "refused": hostile("refused", "refuse", cuts=True),
    "declined": hostile("declined", "refuse_fragments"),
}
"""Those of a whole service, for as long as `Times` says."""


LATE, FAILED, UNREADABLE = 3, 5, 9
"""Sequence numbers of fragments that are lost, for three reasons; `FLEETING`th accepted: fails once."""
FLEETING = 8
ONCE_SLOTS = 13


async def once(crowd: Crowd, times: Times) -> None:
    """Single fragments: a late one, a failed one, one that fails and is repeated, an unreadable one."""
    async with EchoProcess(crowd.folder / "once", voice="inverted") as echo:
        echo.simulate(
            {"trigger": "sequence_number", "value": LATE, "kind": "delay", "delay_ms": AV_OFFSET_MS + 400},
            {"trigger": "sequence_number", "value": FAILED, "error_code": "SYNTHESIS_FAILED"},
            {"trigger": "sequence_number", "value": UNREADABLE, "kind": "corrupt_audio"},
            {"trigger": "nth_fragment", "value": FLEETING, "error_code": "MODEL_ERROR"},
        )
        station = await crowd.enter("once", echo.url, log_level="debug")
        await station.worker.wait_for(lambda: station.last_slot >= ONCE_SLOTS, SLOTS_S, "all slots")
        await station.leave()


SLOWED_FROM, SLOWED_MS, PAUSED_AT, STOPPED_AT = 4, 600, 9, 13
PRESSURE = [
    {
        "at_fragment": SLOWED_FROM,
        "severity": "medium",
        "action": "slow_down",
        "recommended_delay_ms": SLOWED_MS,
        "clear_after_ms": 4000,
    },
    {"at_fragment": PAUSED_AT, "severity": "high", "action": "pause", "clear_after_ms": 2000},
    {"at_fragment": STOPPED_AT, "severity": "high", "action": "pause", "clear_after_ms": 4000},
]


async def pressed(crowd: Crowd, times: Times) -> None:
    """The service as anybody starts it, with backpressure simulated for every stream."""
    port, faults = free_port(), crowd.folder / "faults.json"
    faults.write_text(json.dumps({"enabled": True, "backpressure": PRESSURE}))
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "sts_service.echo",
        "--port",
        str(port),
        "--echo-simulation",
        faults,
    ]
    async with Program(command, crowd.folder / "echo.log") as echo:
        await asyncio.to_thread(echo.wait_for, lambda: listens(port), "echo service", START_S)
        station = await crowd.enter("pressed", f"http://{LOCAL}:{port}", log_level="debug")
        await station.worker.wait_for(lambda: station.last_slot >= STOPPED_AT + 4, SLOTS_S, "all slots")
        await station.leave()


async def crowded(crowd: Crowd, times: Times) -> None:
    """Answers that take longer than two in flight allow."""
    async with HostileServer("slow", voice=inverted, delay_s=3.5) as service:
        station = await crowd.enter("crowded", service.url, av_offset_ms=5000, max_inflight=2)
        await station.worker.wait_for(lambda: station.last_slot >= 7, SLOTS_S, "eight slots")
        station.facts["most_in_flight"] = service.most_in_flight
        await station.leave()


async def taken_over(crowd: Crowd, times: Times) -> None:
    async with HostileServer("echo", voice=inverted) as service:
        station = await crowd.enter("usurped", service.url)
        await station.until_dubbed(1, START_S)
        attempts = service.attempts
        service.behave("take_over")
        station.facts["exit_code"] = await station.worker.exit_code(START_S)
        station.facts["came_back"] = service.attempts - attempts
        await station.leave()


async def wrong_key(crowd: Crowd, times: Times) -> None:
    async with EchoServer(sts_api_key="the-right-key") as echo:  # pragma: allowlist secret
        station = await crowd.enter("locked", echo.url, sts_api_key=KEY)
        await station.worker.wait_for(lambda: station.last_slot >= 8, SLOTS_S, "nine slots")
        await station.leave()


async def absent(crowd: Crowd, times: Times) -> None:
    station = await crowd.enter("absent", f"http://{LOCAL}:{free_port()}")
    await station.worker.wait_for(lambda: station.last_slot >= 9, SLOTS_S, "ten slots")
    await station.leave()


def monster(name: str, behaviour: str, size: int) -> Story:
    """One answer of this size, once the dub is heard."""

    async def story(crowd: Crowd, times: Times) -> None:
        async with HostileServer("echo", voice=inverted, huge_bytes=size) as service:
            station = await crowd.enter(name, service.url)
            await station.until_settled(SETTLED, START_S)
            station.mark("trouble_ms")
            service.behave(behaviour)
            heard = len(service.events("fragment:data"))
            await service.until(lambda: len(service.events("fragment:data")) > heard, START_S)
            station.mark("healed_ms")
            service.behave("echo")
            await station.until_dubbed(SETTLED, START_S, after=station.last_slot)
            await station.leave()

    return story


SHORT_TROUBLES: dict[str, Story] = {
    "once": once,
    "pressed": pressed,
    "crowded": crowded,
    "usurped": taken_over,
    "locked": wrong_key,
    "absent": absent,
    "huge": monster("huge", "huge", 40_000_000),
    "large": monster("large", "huge_result", 15_000_000),
}


async def play(crowd: Crowd, stories: dict[str, Story], times: Times) -> Crowd:
    """All at once, on the crowd's one source. What went wrong with one is for its own test to see."""
    # What the first dub takes to load would make it late.
    await asyncio.to_thread(lambda: inverted(m4a.encode(np.zeros((4800, 2), np.float32), rate_hz=48_000)))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(crowd.open())
        ends = await asyncio.gather(
            *(story(crowd, times) for story in stories.values()), return_exceptions=True
        )
    for name, end in zip(stories, ends, strict=True):
        if isinstance(end, BaseException):
            crowd.errors[name] = end
    return crowd
