"""Exactly one worker for each stream that is wanted, whatever happens to hooks, workers and the orchestrator."""

import asyncio
import os
import signal
import time
from pathlib import Path

from orchestrator_process.process import Orchestrator, until


async def test_ten_hooks_twice_and_in_disorder_give_one_worker(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        began = time.monotonic()
        status, told = await orchestrator.ready("match")
        assert (status, told) == (200, {"stream_id": "match", "news": True})
        await until(lambda: orchestrator.pids(), 10, "worker")
        took_s = time.monotonic() - began
        (pid,) = orchestrator.pids()
        await asyncio.gather(
            *(orchestrator.ready("match") for _ in range(5)),
            *(orchestrator.not_ready("match", "older") for _ in range(4)),
            orchestrator.ready("match", "older"),
        )
        await asyncio.sleep(1)
        assert orchestrator.pids() == [pid]
        assert took_s < 5


async def test_a_publisher_that_blinks_keeps_its_worker_and_one_that_stays_away_does_not(
    tmp_path: Path,
) -> None:
    async with Orchestrator(tmp_path, grace_s=2) as orchestrator:
        await orchestrator.ready("match", "a")
        await orchestrator.until_stream("match", phase="running")
        (pid,) = orchestrator.pids()
        orchestrator.tell_workers(input="lost")
        await orchestrator.not_ready("match", "a")
        await asyncio.sleep(1)
        await orchestrator.ready("match", "b")
        await asyncio.sleep(2.5)
        assert orchestrator.pids() == [pid]
        await orchestrator.not_ready("match", "b")
        await orchestrator.until_stream("match", phase="waiting", publishing=False)
        assert orchestrator.pids() == []


async def test_a_worker_that_is_killed_is_back_soon_and_keeps_the_operators_choice(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        await orchestrator.ready("match")
        await orchestrator.until_stream("match", phase="running")
        status, _ = await orchestrator.ask("POST", "/v1/streams/match/mode", {"mode": "original"})
        assert status == 200
        (pid,) = orchestrator.pids()
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        await until(lambda: orchestrator.pids() not in ([], [pid]), 10, "new worker")
        assert time.monotonic() - began < 3
        found = await orchestrator.until_stream("match", phase="running")
        assert found["worker"]["mode"] == "original"
        assert (found["restarts"], len(orchestrator.pids())) == (1, 1)


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


async def test_a_worker_that_crashes_over_and_over_is_degraded_until_somebody_restarts_it(
    tmp_path: Path,
) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(exit=2)
        await orchestrator.ready("match")
        found = await orchestrator.until_stream("match", state="degraded", phase="gave_up")
        assert "ended with 2" in found["reason"]
        orchestrator.tell_workers()
        status, _ = await orchestrator.ask("POST", "/v1/streams/match/restart")
        assert status == 202
        await orchestrator.until_stream("match", phase="running", reason=None)


async def test_a_worker_whose_source_is_gone_has_not_crashed(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        await orchestrator.ready("match")
        await orchestrator.until_stream("match", phase="running")
        await orchestrator.not_ready("match")
        orchestrator.tell_workers(exit=10)
        found = await orchestrator.until_stream("match", phase="waiting")
        assert (found["restarts"], found["state"]) == (0, "waiting")


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


async def test_the_process_list_shows_no_key(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path, sts_api_key="sts-key-1") as orchestrator:
        body = {"stream_id": "talk", "input_url": "rtmp://x.test/live/input-key-1"}
        await orchestrator.ask("POST", "/v1/streams", body)
        await orchestrator.until_stream("talk", phase="running")
        (worker,) = orchestrator.workers()
        assert worker.environ["WORKER_INPUT_URL"] == body["input_url"]
        lines = [
            file.read_bytes()
            for file in Path("/proc").glob("[0-9]*/cmdline")
            if file.parent.name in (str(worker.identity.pid), str(orchestrator.program.pid))
        ]
        assert len(lines) == 2
        assert not any(key in line for line in lines for key in (b"input-key-1", b"sts-key-1"))


async def test_another_orchestrator_in_the_same_folder_does_not_start(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        (tmp_path / "other").mkdir()
        other = Orchestrator(tmp_path / "other", state_dir=orchestrator.state_dir)
        async with other.program:
            await until(lambda: not other.program.running, 60, "end")
        assert other.program.exit_code == 2
        assert "another orchestrator runs" in other.program.output()
