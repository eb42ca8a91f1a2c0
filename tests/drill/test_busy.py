"""A machine that is busy is told from a program that pauses by itself."""

import asyncio
import os
import time
from pathlib import Path

from drill.busy import Busy, in_all_ms, longest_ms, stolen_ns, waited_ns


def test_the_thread_that_waited_longest_counts() -> None:
    before = {1: 5_000_000, 2: 0, 3: 7_000_000}
    assert longest_ms(before, {1: 6_000_000, 2: 40_000_000, 4: 900_000_000}) == 40.0


def test_what_passes_several_processes_waits_in_each() -> None:
    before = {10: {1: 0, 2: 0}, 20: {3: 0}, 30: {4: 0}}
    now = {10: {1: 5_000_000, 2: 8_000_000}, 20: {3: 20_000_000}, 40: {5: 900_000_000}}
    assert in_all_ms(before, now) == 28.0


def test_threads_that_nobody_knows_have_not_waited() -> None:
    assert longest_ms({}, {1: 900_000_000}) == 0.0
    assert waited_ns(2**22 + 1) == {}


def test_the_kernel_tells_of_every_thread() -> None:
    assert os.getpid() in waited_ns(os.getpid())


def test_what_other_guests_have_of_a_core_counts(tmp_path: Path) -> None:
    def stolen(*ticks: int) -> dict[int, int]:
        cores = "".join(f"cpu{core} 4 0 4 4 0 0 0 {had} 0 0\n" for core, had in enumerate(ticks))
        (tmp_path / "stat").write_text(f"cpu  9 0 9 9 0 0 0 {sum(ticks)} 0 0\n{cores}intr 1 2\n")
        return stolen_ns(tmp_path / "stat")

    tick_ms = 1000 // os.sysconf("SC_CLK_TCK")
    assert longest_ms(stolen(10, 20), stolen(19, 22)) == 9 * tick_ms
    assert stolen_ns()


async def test_a_loop_that_is_held_up_is_seen_and_when() -> None:
    async with Busy(list).watched() as busy:
        await asyncio.sleep(0.2)
        before_ns = time.monotonic_ns()
        time.sleep(0.3)  # noqa: ASYNC251
        await asyncio.sleep(0.1)
        assert busy.longest_ms(before_ns, time.monotonic_ns()) >= 200
        assert busy.longest_ms(0, before_ns) < busy.longest_ms(before_ns, time.monotonic_ns())
