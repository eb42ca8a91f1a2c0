"""How an engine lives: where it is put, several calls at once, calls given up, its end."""

import asyncio
import os
import threading
import time
from collections.abc import Callable

import pytest

from sts_service.engines import EngineSettings, Offer
from sts_service.engines.host import start
from sts_service.engines.trial import sample_call
from sts_service.testing.conformance.tested import E, Tested

_MOST_AT_ONCE = 8


class LifeTests(Tested[E]):
    def test_what_it_offers_it_does(self, settings: EngineSettings, offer: Offer) -> None:
        """Where it will live: in an engine process, or beside the server."""

        async def live() -> None:
            host = await start(self.spec, settings, ready_timeout_s=self.patience_s)
            try:
                await sample_call(host.engine, self.spec.card, offer)
                pid = host.pid
            finally:
                await host.close()
            if self.spec.card.home == "process" and pid is not None:
                assert await _comes_true(lambda: not _is_running(pid)), "its process is still there"

        self.run(live())

    def test_its_calls_may_overlap_as_the_card_says(self, settings: EngineSettings, offer: Offer) -> None:
        at_once = min(self.spec.card.concurrency, _MOST_AT_ONCE) if self.spec.card.home == "loop" else 1

        async def live() -> None:
            async with self.made(settings) as engine:
                await asyncio.gather(*(sample_call(engine, self.spec.card, offer) for _ in range(at_once)))

        self.run(live())

    def test_beside_the_server_it_never_holds_the_loop(self, settings: EngineSettings, offer: Offer) -> None:
        if self.spec.card.home != "loop":
            pytest.skip("it lives in a process of its own")

        async def live() -> float:
            async with self.made(settings) as engine:
                call = asyncio.create_task(sample_call(engine, self.spec.card, offer))
                longest_s, before = 0.0, time.monotonic()
                while not call.done():
                    await asyncio.sleep(0.005)
                    longest_s, before = max(longest_s, time.monotonic() - before), time.monotonic()
                await call
            return longest_s

        # Generous: what is looked for is a call that computes on the loop. That one does so each time, and a
        # machine that is busy with something else only now and then.
        assert any(self.run(live()) < 0.5 for _ in range(3))

    def test_a_cancelled_call_does_no_harm(self, settings: EngineSettings, offer: Offer) -> None:
        if self.spec.card.home != "loop":
            pytest.skip("a call of a process cannot be cancelled")

        async def live() -> None:
            async with self.made(settings) as engine:
                for wait_s in (0, 0.002, 0.02):
                    call = asyncio.create_task(sample_call(engine, self.spec.card, offer))
                    await asyncio.sleep(wait_s)
                    call.cancel()
                    await asyncio.wait([call])
                await sample_call(engine, self.spec.card, offer)

        self.run(live())

    def test_closing_gives_everything_back(self, settings: EngineSettings, offer: Offer) -> None:
        if self.spec.card.home != "loop":
            pytest.skip("its process ends")

        async def live() -> None:
            before = _held()
            async with self.made(settings) as engine:
                await sample_call(engine, self.spec.card, offer)
            assert await _comes_true(lambda: _held() <= before), f"left behind: {_held() - before}"

        # What is imported and cached once is no leak.
        self.run(self._once(settings, offer))
        self.run(live())

    async def _once(self, settings: EngineSettings, offer: Offer) -> None:
        async with self.made(settings) as engine:
            await sample_call(engine, self.spec.card, offer)


def _held() -> set[str]:
    """Threads and child processes. The loop's own pool is no engine's: it ends with the loop."""
    children: list[str] = []
    for task in os.listdir("/proc/self/task"):  # noqa: PTH208 - names are all that is wanted
        try:
            with open(f"/proc/self/task/{task}/children") as file:  # noqa: PTH123
                children += file.read().split()
        except FileNotFoundError:
            continue
    threads = [f"thread {thread.name} {thread.ident}" for thread in _own_threads()]
    return {*threads, *(f"process {child}" for child in children)}


def _own_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _comes_true(condition: Callable[[], bool], within_s: float = 10.0) -> bool:
    async with asyncio.timeout(within_s + 1):
        for _ in range(round(within_s / 0.02)):
            if condition():
                return True
            await asyncio.sleep(0.02)
    return condition()
