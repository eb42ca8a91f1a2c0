"""However the server ends, its engine processes end with it: idle, hanging in native code, or stopped."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from sts_service.testing.script import read_journal

from engine_processes.held import gone

TESTS = Path(__file__).resolve().parent.parent


@contextlib.asynccontextmanager
async def server(journal: Path, *how: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[int]]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "engine_processes.parent", str(journal), *how),
        cwd=TESTS,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    pids: list[int] = []
    try:
        assert process.stdout
        async with asyncio.timeout(30):
            pids = [int(pid) for pid in (await process.stdout.readline()).split()]
        assert len(pids) == 3
        yield process, pids
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                left = psutil.Process(pid)
                if "sts_service.engines.host" in left.cmdline():  # only where the test has failed
                    left.kill()


@pytest.mark.parametrize("loop", [pytest.param("asyncio", marks=pytest.mark.slow), "uvloop"])
async def test_a_killed_server_takes_its_engines_along(loop: str, tmp_path: Path) -> None:
    async with server(tmp_path / "journal", loop) as (process, pids):
        process.kill()
        assert [await gone(pid) for pid in pids] == [True, True, True]


@pytest.mark.parametrize("signum", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
async def test_a_server_asked_to_end_closes_its_engines_in_order(signum: int, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    async with server(journal, "uvloop") as (process, pids):
        # As Ctrl-C in a terminal does: to the whole group at once.
        os.killpg(process.pid, signum)
        async with asyncio.timeout(15):
            assert await process.wait() == 0
        assert [await gone(pid) for pid in pids] == [True, True, True]
    assert [entry["event"] for entry in read_journal(journal)] == ["make", "close"]


@pytest.mark.parametrize("parent", ["another", "silent"])
async def test_a_process_whose_server_has_gone_before_it_began_ends(parent: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pid = os.getpid() + (parent == "another")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sts_service.engines.host", f"--fd={theirs.fileno()}", f"--parent={pid}"),
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        if parent == "silent":
            ours.close()
        async with asyncio.timeout(20):
            assert await process.wait() == 0
