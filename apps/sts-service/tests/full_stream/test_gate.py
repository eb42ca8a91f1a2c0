"""Turns on the event loop: whoever waits gets one, whoever goes leaves nothing behind."""

import asyncio

from sts_service.full.gate import Gate
from sts_service.full.turns import Turns


async def pass_through(gate: Gate, number: int, order: list[int], until: asyncio.Event | None = None) -> None:
    with gate.arrival(number) as ticket:
        async with gate.turn(ticket):
            order.append(number)
            if until:
                await until.wait()


async def test_turns_are_taken_in_order() -> None:
    gate, order = Gate(), []  # type: ignore[var-annotated]
    await asyncio.gather(*(pass_through(gate, number, order) for number in (3, 1, 0, 2)))
    assert order == [0, 1, 2, 3]
    assert not gate._waiting


async def test_a_gap_is_waited_for_by_the_clock_that_was_given() -> None:
    now_ns = 0
    gate, order = Gate(Turns(gap_ns=5_000_000), clock_ns=lambda: now_ns), []  # type: ignore[var-annotated]
    waiting = asyncio.create_task(pass_through(gate, 7, order))
    await asyncio.sleep(0.03)
    assert order == [], "the alarm rang, but by the clock it is not time yet"
    now_ns = 5_000_000
    async with asyncio.timeout(5):
        await waiting
    assert order == [7]


async def test_one_that_is_cancelled_in_the_moment_of_its_turn_hands_it_on() -> None:
    gate, order, until = Gate(), [], asyncio.Event()  # type: ignore[var-annotated]
    tasks = [asyncio.create_task(pass_through(gate, number, order, until)) for number in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[1].cancel()
    until.set()
    async with asyncio.timeout(5):
        await tasks[2]
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order[-1] == 2
    assert not gate._waiting


async def test_a_closed_gate_has_no_alarm_set() -> None:
    gate, order = Gate(Turns(gap_ns=60_000_000_000)), []  # type: ignore[var-annotated]
    waiting = asyncio.create_task(pass_through(gate, 7, order))
    await asyncio.sleep(0)
    assert gate._alarm is not None
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.close()
    assert gate._alarm is None
