"""The number of tasks is that of the loop one is in."""

import asyncio

from service_kit.tasks import running


def test_without_a_loop_nothing_is_under_way() -> None:
    assert running() == 0


def test_each_task_counts_until_it_has_ended() -> None:
    async def count() -> list[float]:
        stop = asyncio.Event()
        found = [running()]
        tasks = [asyncio.create_task(stop.wait()) for _ in range(3)]
        found.append(running())
        stop.set()
        await asyncio.gather(*tasks)
        return [*found, running()]

    assert asyncio.run(count()) == [1, 4, 1]
