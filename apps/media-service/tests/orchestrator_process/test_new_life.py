"""An orchestrator that is killed, ended, started again: the workers are there once, or gone."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from orchestrator_process.process import Orchestrator, until


async def test_workers_outlive_a_killed_orchestrator_and_are_found_again(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        await orchestrator.ready("match")
        await orchestrator.ask("POST", "/v1/streams", {"stream_id": "talk", "input_url": "rtmp://x.test/a/b"})
        await orchestrator.until_stream("match", phase="running")
        await orchestrator.until_stream("talk", phase="running")
        pids = orchestrator.pids()
        assert len(pids) == 2
        await orchestrator.kill()
        assert orchestrator.pids() == pids
        await orchestrator.start()
        assert (await orchestrator.until_stream("match", phase="running"))["publishing"]
        await orchestrator.until_stream("talk", phase="running")
        assert orchestrator.pids() == pids
        # And they are ours as before: watched, and ended when they are not wanted.
        os.kill(orchestrator.workers("talk")[0].identity.pid, signal.SIGKILL)
        await until(lambda: len(set(orchestrator.pids()) - set(pids)) == 1, 10, "new worker")
        assert await orchestrator.terminate() == 0
        assert orchestrator.pids() == []


@pytest.mark.slow
async def test_one_killed_between_a_workers_start_and_its_first_word_finds_it_too(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(port=False)
        await orchestrator.ready("match")
        await until(lambda: orchestrator.pids(), 10, "worker")
        await orchestrator.kill()
        pids = orchestrator.pids()
        await orchestrator.start()
        await asyncio.sleep(1)
        assert orchestrator.pids() == pids


@pytest.mark.slow
async def test_workers_that_are_to_be_kept_outlive_an_end_in_order(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path, on_exit="keep") as orchestrator:
        await orchestrator.ready("match")
        await orchestrator.until_stream("match", phase="running")
        pids = orchestrator.pids()
        assert await orchestrator.terminate() == 0
        assert orchestrator.pids() == pids
        await orchestrator.start()
        await orchestrator.until_stream("match", phase="running")
        assert orchestrator.pids() == pids


@pytest.mark.slow
async def test_a_fetched_source_that_ends_is_ended_and_stays_so(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        await orchestrator.ask("POST", "/v1/streams", {"stream_id": "talk", "input_url": "rtmp://x.test/a/b"})
        await orchestrator.until_stream("talk", phase="running")
        orchestrator.tell_workers(exit=0)
        await orchestrator.until_stream("talk", state="ended", phase="stopped", enabled=False)
        await orchestrator.terminate()
        orchestrator.tell_workers()
        await orchestrator.start()
        await asyncio.sleep(0.5)
        assert orchestrator.pids() == []


@pytest.mark.slow
async def test_a_second_signal_ends_workers_that_will_not(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(deaf=True)
        await orchestrator.ready("match")
        await orchestrator.until_stream("match", phase="running")
        os.kill(orchestrator.program.pid, signal.SIGTERM)
        await asyncio.sleep(1)
        assert orchestrator.program.running
        assert await orchestrator.terminate(20) == 0
        assert orchestrator.pids() == []


@pytest.mark.slow
async def test_another_orchestrator_in_the_same_folder_does_not_start(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        (tmp_path / "other").mkdir()
        other = Orchestrator(tmp_path / "other", state_dir=orchestrator.state_dir)
        async with other.program:
            await until(lambda: not other.program.running, 60, "end")
        assert other.program.exit_code == 2
        assert "another orchestrator runs" in other.program.output()
