"""The pure parts: lines for the log, growth, backoff, threads, addresses, memory."""

import asyncio
import os
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.engines import EngineSpec, NotHere, Offer
from sts_service.engines.host.address import found, written
from sts_service.engines.host.backoff import LONGEST_NS, Backoff
from sts_service.engines.host.exit import ended
from sts_service.engines.host.growth import SETTLED_AFTER_CALLS, Growth
from sts_service.engines.host.lines import LINE_MAX, LINES_MAX, WINDOW_NS, Lines
from sts_service.engines.host.memory import held_bytes, is_out_of_gpu_memory
from sts_service.engines.host.threads import VARIABLES, thread_counts
from sts_service.testing.acting import OutOfMemoryError

from engine_processes.engines import CARD, NAMED, Odd, odd


@given(st.lists(st.binary(max_size=50), max_size=30), st.binary(max_size=4000))
def test_every_line_for_the_log_is_bounded_and_printable(chunks: list[bytes], last: bytes) -> None:
    cut = Lines()
    texts = [text for chunk in (*chunks, last) for text in cut.feed(chunk, 0)] + cut.end(0)
    assert all(text.isprintable() and 0 < len(text) <= LINE_MAX + 3 for text in texts)
    assert len(texts) <= LINES_MAX + 1


def test_lines_are_joined_from_pieces_and_progress_bars_are_lines() -> None:
    cut = Lines()
    assert cut.feed(b"loading 1%\rloading", 0) == ["loading 1%"]
    assert cut.feed(b" 2%\n\nrea", 0) == ["loading 2%"]
    assert cut.end(0) == ["rea"]


def test_a_flood_of_lines_is_counted_and_not_logged() -> None:
    cut = Lines()
    assert len(cut.feed(b"x\n" * 1000, 0)) == LINES_MAX
    assert cut.feed(b"y\n", WINDOW_NS) == [f"({1000 - LINES_MAX} more lines)", "y"]


def test_a_line_without_end_is_told_once_and_not_kept() -> None:
    cut = Lines()
    texts = [text for _ in range(1000) for text in cut.feed(b"x" * 1000, 0)]
    assert texts == ["x" * LINE_MAX + "..."]
    assert len(cut._begun) == 0
    assert cut.feed(b"rest\nnext\n", 0) == ["next"]


def test_a_process_that_needs_much_from_the_start_has_not_grown() -> None:
    growth = Growth(room_bytes=100)
    assert not any(growth.too_much(held) for held in [1000 * n for n in range(SETTLED_AFTER_CALLS)])
    settled = 1000 * (SETTLED_AFTER_CALLS - 1)
    assert not growth.too_much(2 * settled + 100)
    assert growth.too_much(2 * settled + 101)


def test_starts_are_ever_further_apart_until_a_call_has_worked() -> None:
    backoff = Backoff()
    waits = [backoff.next_ns() for _ in range(100)]
    assert waits[0] == 0
    assert waits[1] > 0
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_NS
    backoff.worked()
    assert backoff.next_ns() == 0


def test_the_cores_are_shared_by_an_engines_processes() -> None:
    assert thread_counts({}, cores=8, processes=3) == dict.fromkeys(VARIABLES, "2")
    assert thread_counts({}, cores=2, processes=4) == dict.fromkeys(VARIABLES, "1")
    assert "OMP_NUM_THREADS" not in thread_counts({"OMP_NUM_THREADS": "5"}, cores=8, processes=1)


def test_a_spec_is_found_by_name_or_by_what_it_is_made_of() -> None:
    assert pickle.loads(written(NAMED)) == "engine_processes.engines:NAMED"
    assert found(written(NAMED)) is NAMED
    assert found(written(odd())).card == CARD


def test_a_spec_that_no_other_process_can_find_is_said_to_be_one() -> None:
    lost: EngineSpec[Odd] = EngineSpec(
        card=CARD, check=lambda _: Offer(model=""), make=lambda settings: Odd(settings)
    )
    with pytest.raises(NotHere, match=r"odd: .*picklable"):
        written(lost)


@pytest.mark.parametrize("told_by_the_kernel", [True, False])
async def test_the_end_of_a_process_is_waited_for_on_the_loop(
    told_by_the_kernel: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(pid: int) -> int:
        raise OSError

    if not told_by_the_kernel:
        monkeypatch.setattr(os, "pidfd_open", refused)
    sleeping = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.1); raise SystemExit(5)"])  # noqa: ASYNC220
    ticks = 0
    waiting = asyncio.create_task(ended(sleeping))
    while not waiting.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert await waiting == 5
    assert ticks > 3


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("CUDA failed with error out of memory"), True),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("out of memory"), False),
        (RuntimeError("CUDA driver version is insufficient"), False),
        (MemoryError("CUDA out of memory"), False),
    ],
)
def test_running_out_of_the_gpus_memory_is_told_from_other_failures(error: Exception, is_it: bool) -> None:
    assert is_out_of_gpu_memory(error) is is_it


def test_the_memory_of_a_process_is_known() -> None:
    assert 10 << 20 < held_bytes() < 10 << 30
