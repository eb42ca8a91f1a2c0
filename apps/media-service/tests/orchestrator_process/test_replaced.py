"""A worker is replaced while its stream is on air: two run for a moment, and one of them in the end."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from orchestrator_process.process import Orchestrator, until


async def on_air(orchestrator: Orchestrator, stream_id: str = "match") -> int:
    await orchestrator.ready(stream_id)
    await orchestrator.until_stream(stream_id, phase="running")
    (pid,) = orchestrator.pids(stream_id)
    return pid


async def replaced(orchestrator: Orchestrator, pid: int, stream_id: str = "match") -> int:
    """Waits until another runs, alone; its pid."""
    await until(
        lambda: len(orchestrator.pids(stream_id)) == 1 and orchestrator.pids(stream_id) != [pid], 30, "other"
    )
    await orchestrator.until_stream(stream_id, phase="running", successor_pid=None)
    (now,) = orchestrator.pids(stream_id)
    return now


async def test_a_restart_hands_the_stream_over(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(hands_over=True, takes=False)
        first = await on_air(orchestrator)
        assert (await orchestrator.ask("POST", "/v1/streams/match/restart"))[0] == 202
        shown = await orchestrator.until_stream("match", phase="handing_over")
        assert {shown["pid"], shown["successor_pid"]} == set(orchestrator.pids("match"))
        assert shown["pid"] == first
        orchestrator.tell_workers(hands_over=True)
        second = await replaced(orchestrator, first)
        shown = await orchestrator.stream("match")
        assert (shown["pid"], shown["restarts"], shown["reason"]) == (second, 0, None)
        # And the next one takes it over from that one.
        await orchestrator.ask("POST", "/v1/streams/match/restart")
        assert await replaced(orchestrator, second) not in (first, second)


async def test_a_worker_that_cannot_hand_over_is_ended_and_another_started(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        first = await on_air(orchestrator)
        await orchestrator.ask("POST", "/v1/streams/match/restart")
        await replaced(orchestrator, first)
        assert "worker is to end" in orchestrator.program.output()


async def test_a_rollout_replaces_one_after_the_other_and_says_what_became_of_each(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(hands_over=True, old={"hands_over": False})
        before = {name: await on_air(orchestrator, name) for name in ("one", "two", "old")}
        status, told = await orchestrator.ask("POST", "/v1/rollout")
        assert (status, told["running"]) == (202, True)
        assert (await orchestrator.ask("POST", "/v1/rollout"))[0] == 409
        assert max(len(orchestrator.pids()) for _ in range(10)) <= 4

        async def is_over() -> bool:
            return not (await orchestrator.ask("GET", "/v1/rollout"))[1]["running"]

        await until(is_over, 60, "end of the rollout")
        _, told = await orchestrator.ask("GET", "/v1/rollout")
        found = {one["stream_id"]: (one["outcome"], one["reason"]) for one in told["streams"]}
        assert found == {
            "one": ("handed_over", None),
            "two": ("handed_over", None),
            "old": ("kept", "its worker cannot hand over"),
        }
        now = {name: orchestrator.pids(name) for name in before}
        assert now["old"] == [before["old"]]
        assert all(len(pids) == 1 for pids in now.values())
        assert now["one"] != [before["one"]]
        _, actions = await orchestrator.ask("GET", "/v1/actions")
        assert actions["actions"][0]["what"] == "rollout"


async def test_a_rollout_whose_new_workers_do_not_start_leaves_the_old_ones_on_air(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(hands_over=True, takes=False, exit=2, only_successor=True)
        first = await on_air(orchestrator)
        await orchestrator.ask("POST", "/v1/rollout")

        async def is_over() -> bool:
            return not (await orchestrator.ask("GET", "/v1/rollout"))[1]["running"]

        await until(is_over, 60, "end of the rollout")
        _, told = await orchestrator.ask("GET", "/v1/rollout")
        (one,) = told["streams"]
        assert (one["outcome"], one["reason"]) == ("kept", "its successor ended with 2")
        assert orchestrator.pids("match") == [first]
        assert (await orchestrator.stream("match"))["phase"] == "running"


async def test_a_worker_that_dies_while_it_is_replaced_has_its_successor(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(hands_over=True, takes=False)
        first = await on_air(orchestrator)
        await orchestrator.ask("POST", "/v1/streams/match/restart")
        shown = await orchestrator.until_stream("match", phase="handing_over")
        os.kill(first, signal.SIGKILL)
        assert await replaced(orchestrator, first) == shown["successor_pid"]
        assert (await orchestrator.stream("match"))["restarts"] == 0


async def test_an_orchestrator_killed_in_the_midst_of_it_finds_both_and_one_is_left(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(hands_over=True, takes=False)
        first = await on_air(orchestrator)
        await orchestrator.ask("POST", "/v1/streams/match/restart")
        shown = await orchestrator.until_stream("match", phase="handing_over")
        await orchestrator.kill()
        await orchestrator.start()
        again = await orchestrator.until_stream("match", phase="handing_over", pid=first)
        assert again["successor_pid"] == shown["successor_pid"]
        orchestrator.tell_workers(hands_over=True)
        assert await replaced(orchestrator, first) == shown["successor_pid"]


@pytest.mark.slow
async def test_a_publisher_that_leaves_in_the_midst_of_it_ends_both(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path, grace_s=0) as orchestrator:
        orchestrator.tell_workers(hands_over=True, takes=False)
        await on_air(orchestrator)
        await orchestrator.ask("POST", "/v1/streams/match/restart")
        await orchestrator.until_stream("match", phase="handing_over")
        orchestrator.tell_workers(hands_over=True, takes=False, input="lost")
        await orchestrator.not_ready("match")
        await until(lambda: not orchestrator.pids("match"), 30, "end of both")
        await asyncio.sleep(0.5)
        assert orchestrator.pids("match") == []


@pytest.mark.slow
async def test_one_that_is_told_to_end_in_the_midst_of_it_ends_both(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(hands_over=True, takes=False)
        await on_air(orchestrator)
        await orchestrator.ask("POST", "/v1/streams/match/restart")
        await orchestrator.until_stream("match", phase="handing_over")
        assert await orchestrator.terminate() == 0
        assert orchestrator.pids() == []


@pytest.mark.slow
async def test_a_worker_that_does_not_leave_is_killed_once_its_successor_has_the_output(
    tmp_path: Path,
) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        orchestrator.tell_workers(hands_over=True, frozen=True)
        first = await on_air(orchestrator)
        await orchestrator.ask("POST", "/v1/streams/match/restart")
        await replaced(orchestrator, first)
        assert "does not leave, and is killed" in orchestrator.program.output()
