"""A process is watched and ended by a handle: no other is ever hit."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from media_service.orchestrator.workers.proc_files import Identity, environ, find, identity, leads_its_session
from media_service.orchestrator.workers.process import Process

SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")
SHELL = ("sh", "-c", "sleep 60 & wait")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "out", tmp_path / "log"


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    for child in left:
        child.kill()
    assert left == []


@contextmanager
def somebodys() -> Iterator[tuple[subprocess.Popen[bytes], Identity]]:
    """A process that was not started by what is tested."""
    with subprocess.Popen(SLEEPS, start_new_session=True) as child:
        known = identity(child.pid)
        assert known is not None
        try:
            yield child, known
        finally:
            child.kill()


def spawn(files: tuple[Path, Path], *command: str, **variables: str) -> Process:
    return Process.spawn(command or SLEEPS, {**os.environ, **variables}, *files)


async def ended(process: Process) -> int | None:
    return await asyncio.wait_for(process.wait(), 20)


async def test_its_words_go_into_files_and_its_exit_code_comes_back(files: tuple[Path, Path]) -> None:
    script = "import sys; print('port 1'); sys.stderr.write('said'); sys.exit(20)"
    process = spawn(files, sys.executable, "-c", script)
    assert await ended(process) == 20
    assert [file.read_text() for file in files] == ["port 1\n", "said"]
    process.close()


async def test_it_leads_a_session_and_is_found_by_its_variable(files: tuple[Path, Path]) -> None:
    process = spawn(files, LIVEDUB_TEST_MARK="here 1")
    found = []
    for _ in range(200):
        found = list(find("LIVEDUB_TEST_MARK", "here 1"))
        if found:
            break
        await asyncio.sleep(0.02)
    assert [one.identity for one in found] == [process.identity]
    assert leads_its_session(process.pid)
    assert list(find("LIVEDUB_TEST_MARK", "here")) == []
    process.kill()
    assert await ended(process) == -9
    process.close()
    assert list(find("LIVEDUB_TEST_MARK", "here 1")) == []


async def test_what_it_started_ends_with_it(files: tuple[Path, Path]) -> None:
    process = spawn(files, *SHELL)
    children: list[psutil.Process] = []
    for _ in range(200):
        children = psutil.Process(process.pid).children()
        if children:
            break
        await asyncio.sleep(0.02)
    os.kill(process.pid, 9)
    assert await ended(process) == -9
    process.close()
    assert children
    for _ in range(200):
        if not any(map(lives, children)):
            break
        await asyncio.sleep(0.02)
    assert not any(map(lives, children))


def lives(process: psutil.Process) -> bool:
    """One that waits to be collected does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


async def test_an_adopted_one_is_watched_and_ended_like_our_own() -> None:
    with somebodys() as (_, known):
        process = Process.adopt(known)
        assert process is not None
        waiting = asyncio.create_task(ended(process))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        process.terminate()
        assert await waiting is None
        process.close()


def test_a_number_that_is_another_process_now_is_not_adopted() -> None:
    with somebodys() as (child, known):
        assert Process.adopt(Identity(child.pid, known.started_ticks + 1)) is None
        child.kill()
    assert Process.adopt(known) is None
    assert identity(child.pid) is None
    assert environ(child.pid) == {}


async def test_one_that_has_ended_can_be_ended_again(files: tuple[Path, Path]) -> None:
    process = spawn(files, "true")
    assert await ended(process) == 0
    process.terminate()
    process.kill()
    process.close()
    process.close()


async def test_a_command_that_is_not_there_is_an_error(files: tuple[Path, Path]) -> None:
    with pytest.raises(FileNotFoundError):
        spawn(files, "/no/such/program")


async def test_one_that_is_let_go_lives_on(files: tuple[Path, Path]) -> None:
    process = spawn(files)
    process.close()
    await asyncio.sleep(0.05)
    assert identity(process.pid) == process.identity
    alive = psutil.Process(process.pid)
    alive.kill()
    alive.wait(10)
