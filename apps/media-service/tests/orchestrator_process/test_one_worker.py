"""Exactly one worker for each stream that is wanted, whatever happens to hooks and workers."""

import asyncio
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from orchestrator_process.process import Orchestrator, until

FETCHED = {"input_url": "rtmp://source.test/live/input-key-1"}


async def test_ten_hooks_twice_and_in_disorder_give_one_worker(orchestrator: Orchestrator) -> None:
    began = time.monotonic()
    assert await orchestrator.ready("ten") == (200, {"stream_id": "ten", "news": True})
    await until(lambda: orchestrator.pids("ten"), 10, "worker")
    took_s = time.monotonic() - began
    (pid,) = orchestrator.pids("ten")
    answers = await asyncio.gather(
        *(orchestrator.ready("ten") for _ in range(5)),
        *(orchestrator.not_ready("ten", "older") for _ in range(4)),
        orchestrator.ready("ten", "older"),
    )
    assert not any(told["news"] for _, told in answers[:9])
    await asyncio.sleep(0.7)
    assert orchestrator.pids("ten") == [pid]
    assert took_s < 5


async def test_a_publisher_that_blinks_keeps_its_worker_and_one_that_stays_away_does_not(
    orchestrator: Orchestrator,
) -> None:
    await orchestrator.ready("blink", "a")
    await orchestrator.until_stream("blink", phase="running")
    (pid,) = orchestrator.pids("blink")
    orchestrator.tell_workers(blink={"input": "lost"})
    await orchestrator.not_ready("blink", "a")
    await asyncio.sleep(0.5)
    await orchestrator.ready("blink", "b")
    await asyncio.sleep(1.5)
    assert orchestrator.pids("blink") == [pid]
    await orchestrator.not_ready("blink", "b")
    await orchestrator.until_stream("blink", phase="waiting", publishing=False)
    assert orchestrator.pids("blink") == []


async def test_a_worker_that_is_killed_is_back_soon_and_keeps_the_operators_choice(
    orchestrator: Orchestrator,
) -> None:
    await orchestrator.ready("killed")
    await orchestrator.until_stream("killed", phase="running")
    status, told = await orchestrator.ask("POST", "/v1/streams/killed/mode", {"mode": "original"})
    assert (status, told["mode"]) == (200, "original")
    (pid,) = orchestrator.pids("killed")
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    await until(lambda: orchestrator.pids("killed") not in ([], [pid]), 10, "new worker")
    assert time.monotonic() - began < 3
    found = await orchestrator.until_stream("killed", phase="running")
    assert found["worker"]["mode"] == "original"
    assert (found["restarts"], len(orchestrator.pids("killed"))) == (1, 1)


async def test_a_worker_that_cannot_run_is_degraded_until_somebody_restarts_it(
    orchestrator: Orchestrator,
) -> None:
    orchestrator.tell_workers(wrong={"exit": 2})
    await orchestrator.ready("wrong")
    found = await orchestrator.until_stream("wrong", state="degraded", phase="gave_up")
    assert "ended with 2" in found["reason"]
    orchestrator.tell_workers()
    status, _ = await orchestrator.ask("POST", "/v1/streams/wrong/restart")
    assert status == 202
    await orchestrator.until_stream("wrong", phase="running", reason=None)


async def test_a_worker_whose_source_is_gone_has_not_crashed(orchestrator: Orchestrator) -> None:
    await orchestrator.ready("left")
    await orchestrator.until_stream("left", phase="running")
    await orchestrator.not_ready("left")
    orchestrator.tell_workers(left={"exit": 10})
    found = await orchestrator.until_stream("left", phase="waiting")
    assert (found["restarts"], found["state"], found["reason"]) == (0, "waiting", "its source has ended")


async def test_a_new_publisher_with_another_language_gets_another_worker(orchestrator: Orchestrator) -> None:
    await orchestrator.ready("language", "a", "lang=fr")
    await orchestrator.until_stream("language", phase="running", target_language="fr")
    (first,) = orchestrator.pids("language")
    await orchestrator.not_ready("language", "a")
    await orchestrator.ready("language", "b", "lang=de&voice=anna")
    await until(lambda: orchestrator.pids("language") not in ([], [first]), 10, "other worker")
    (worker,) = orchestrator.workers("language")
    assert worker.environ["WORKER_TARGET_LANGUAGE"] == "de"
    assert worker.environ["WORKER_VOICE_PROFILE"] == "anna"


@pytest.mark.slow
async def test_a_store_that_takes_nothing_holds_no_publisher_up_and_gets_it_all_later(
    orchestrator: Orchestrator,
) -> None:
    database = orchestrator.state_dir / "livedub.sqlite3"
    with closing(sqlite3.connect(database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert (await orchestrator.ready("unstored"))[0] == 200
        await orchestrator.until_stream("unstored", phase="running")
        status, told = await orchestrator.ask("PATCH", "/v1/streams/unstored", {"voice": "anna"})
        assert (status, told["detail"]) == (503, "the store is locked by another program")
        assert (await orchestrator.stream("unstored"))["voice"] == "default"
        assert (await orchestrator.ask("POST", "/v1/streams/unstored/mode", {"mode": "mute"}))[0] == 200
        assert (await orchestrator.ask("GET", "/readyz"))[0] == 503
        other.execute("ROLLBACK")

        async def is_stored() -> bool:
            rows = other.execute("SELECT mode, source FROM stream WHERE stream_id = 'unstored'").fetchall()
            return rows == [("mute", "a")]

        await until(is_stored, 30, "the stream in the store")

    async def is_ready() -> bool:
        return (await orchestrator.ask("GET", "/readyz"))[0] == 200

    await until(is_ready, 30, "readiness")
    _, told = await orchestrator.ask("GET", "/v1/actions?stream_id=unstored")
    assert [one["what"] for one in told["actions"]] == ["mode"]
    status, _ = await orchestrator.ask("PATCH", "/v1/streams/unstored", {"voice": "anna"})
    assert status == 200


async def test_the_process_list_and_the_answers_show_no_key(orchestrator: Orchestrator) -> None:
    _, told = await orchestrator.ask("POST", "/v1/streams", {"stream_id": "keys", **FETCHED})
    found = await orchestrator.until_stream("keys", phase="running")
    assert told["input_url"] == found["input_url"] == "rtmp://source.test/live/***"
    (worker,) = orchestrator.workers("keys")
    assert worker.environ["WORKER_INPUT_URL"] == FETCHED["input_url"]
    line = psutil.Process(worker.identity.pid).cmdline()
    assert "fake_worker" in line[1]
    assert not any("input-key-1" in word for word in line)
    assert modes(orchestrator.state_dir, orchestrator.state_dir / "livedub.sqlite3") == {0}
    assert "input-key-1" not in orchestrator.program.output()


def modes(*files: Path) -> set[int]:
    """What others may do with them."""
    return {file.stat().st_mode & 0o077 for file in files}
