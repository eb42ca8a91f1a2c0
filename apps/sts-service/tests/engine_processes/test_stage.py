"""A stage and its engines: whatever an engine does, its own call pays, and the other streams go on."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.engines.host import backoff, growth, process
from sts_service.full.stage import Stage
from sts_service.testing.fakes import transcriber
from sts_service.testing.script import Does, Script, Step, read_journal

from engine_processes.children import children
from engine_processes.engines import odd
from engine_processes.held import gone, until
from engine_processes.stages import PATIENT_S, SOUND, called, scripted, stage_of, steps, transcribe

pytestmark = pytest.mark.usefixtures("clean")


async def failure(call: Any) -> EngineError:
    with pytest.raises(EngineError) as failed:
        await asyncio.wait_for(call, 20)
    return failed.value


@pytest.mark.parametrize("home", ["process", "loop"])
async def test_a_call_tells_how_long_it_waited_and_took(home: str) -> None:
    async with stage_of(scripted(*[Step(takes_s=0.1)] * 2, home=home)) as stage:
        first, second = await asyncio.gather(called(stage), called(stage))
        assert first.value.text
        assert first.took_ms >= 100
        assert first.waited_ms < second.waited_ms
        assert second.waited_ms >= 0.5 * first.took_ms


@pytest.mark.parametrize("does", [pytest.param("hang", marks=pytest.mark.slow), "hang_native"])
async def test_an_engine_that_hangs_for_good_is_replaced_and_the_waiting_are_served(
    does: Does, tmp_path: Path
) -> None:
    script = Script(steps=(Step(does=does),), journal=str(tmp_path / "journal"))
    async with stage_of(transcriber(script), timeout_ms=300) as stage:
        (child,) = children()
        began = time.monotonic()
        hanging, other = called(stage, "a"), called(stage, "b", PATIENT_S)
        error = await failure(hanging)
        assert (error.code, error.retryable) == (ErrorCode.TIMEOUT, True)
        assert time.monotonic() - began >= 0.3
        assert (await other).value.text
        assert time.monotonic() - began >= 0.6, "the engine has until twice the time-out"
        assert await gone(child.pid)
    assert len({entry["pid"] for entry in read_journal(tmp_path / "journal")}) == 2


async def test_an_engine_that_is_late_but_not_for_good_is_kept(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    script = Script(steps=(Step(takes_s=1.55),), journal=str(journal))
    async with stage_of(transcriber(script), timeout_ms=1500) as stage:
        late, other = called(stage, "a"), called(stage, "b", PATIENT_S)
        assert (await failure(late)).code is ErrorCode.TIMEOUT
        assert (await other).value.text
    assert [entry["event"] for entry in read_journal(journal)].count("make") == 1


async def test_a_stopped_engine_is_replaced() -> None:
    async with stage_of(scripted(), timeout_ms=300) as stage:
        (child,) = children()
        os.kill(child.pid, signal.SIGSTOP)
        assert (await failure(called(stage))).code is ErrorCode.TIMEOUT
        assert (await called(stage, audio_s=PATIENT_S)).value.text
        assert await gone(child.pid)


async def test_the_other_processes_go_on_while_one_hangs(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    script = Script(steps=(Step(does="hang_native"),), journal=str(journal))
    async with stage_of(transcriber(script, concurrency=2)) as stage:
        assert stage.running == 2
        hanging = called(stage, "a")
        await until(lambda: read_journal(journal)[-1]["event"] == "begin")
        for done in await asyncio.gather(*(called(stage, f"s{n}") for n in range(10))):
            assert done.value.text
        assert not hanging.done()
        begun = [entry for entry in read_journal(journal) if entry["event"] == "begin"]
        psutil.Process(begun[0]["pid"]).kill()
        assert (await failure(hanging)).code is ErrorCode.MODEL_ERROR
        assert stage.running == 1
        await until(lambda: stage.running == 2)


async def test_a_process_that_dies_fails_its_call_alone(tmp_path: Path) -> None:
    script = Script(steps=(Step(does="exit"),), journal=str(tmp_path / "journal"))
    async with stage_of(transcriber(script)) as stage:
        dying, other = called(stage, "a"), called(stage, "b")
        error = await failure(dying)
        assert (error.code, error.retryable) == (ErrorCode.MODEL_ERROR, True)
        assert stage.running == 0
        assert (await other).value.text
        assert stage.running == 1


async def test_a_process_that_dies_idle_is_replaced_before_anybody_calls() -> None:
    async with stage_of(scripted()) as stage:
        (child,) = children()
        child.kill()
        await until(lambda: stage.running == 0)
        await until(lambda: stage.running == 1)
        assert (await called(stage)).value.text


async def test_one_that_dies_again_and_again_is_started_ever_more_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backoff, "FIRST_NS", 60_000_000_000)
    async with stage_of(scripted("exit")) as stage:
        for _ in range(2):  # the second one is the successor's, started at once
            assert "ended, with status 3" in (await failure(called(stage))).message
        assert "no engine running" in (await failure(called(stage))).message
        assert not children()


async def test_one_that_has_worked_since_is_started_at_once_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(backoff, "FIRST_NS", 60_000_000_000)
    script = replace(steps("exit", "answer", "exit"), journal=str(tmp_path / "journal"))
    async with stage_of(transcriber(script)) as stage:
        for dies in (True, False, True, False):
            if dies:
                assert "ended, with status 3" in (await failure(called(stage))).message
            else:
                assert (await called(stage)).value.text


async def test_a_hanging_process_is_ended_at_once_and_nobody_waits_for_a_late_successor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backoff.Backoff, "next_ns", lambda _: 60_000_000_000)
    async with stage_of(scripted("hang_native"), timeout_ms=200) as stage:
        (child,) = children()
        hanging, waiting = called(stage, "a"), called(stage, "b")
        assert (await failure(hanging)).code is ErrorCode.TIMEOUT
        assert (await failure(waiting)).code is ErrorCode.MODEL_ERROR
        assert await gone(child.pid)
        assert stage.running == 0


@pytest.mark.logs_errors
async def test_nobody_waits_for_an_engine_that_does_not_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TRANSCRIBER", "{}")
    monkeypatch.setattr(backoff, "LONGEST_NS", 50_000_000)
    async with stage_of(transcriber(None)) as stage:
        monkeypatch.setenv("FAKE_TRANSCRIBER", '{"start_does": "raise"}')
        (child,) = children()
        os.kill(child.pid, signal.SIGSTOP)
        running, waiting = called(stage, "a"), called(stage, "b")
        await asyncio.sleep(0.05)
        child.kill()
        for call in (running, waiting, called(stage, "c")):
            assert (await failure(call)).code is ErrorCode.MODEL_ERROR
        monkeypatch.setenv("FAKE_TRANSCRIBER", "{}")
        await until(lambda: stage.running == 1)
        assert (await called(stage)).value.text


@pytest.mark.parametrize("home", ["process", "loop"])
async def test_out_of_gpu_memory_is_retryable_and_the_engine_carries_on(home: Any, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    script = Script(steps=(Step(does="oom"), Step(does="torch_oom")), journal=str(journal))
    async with stage_of(transcriber(script, home=home)) as stage:
        for _ in range(2):
            error = await failure(called(stage))
            assert (error.code, error.retryable) == (ErrorCode.GPU_OOM, True)
        assert (await called(stage)).value.text
        events = [entry["event"] for entry in read_journal(journal)]
        assert events.count("free_memory") == 2
        assert events.count("make") == 1


async def test_a_call_cancelled_while_it_waits_never_begins(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    script = Script(steps=(Step(takes_s=1.0), Step()), journal=str(journal))
    async with stage_of(transcriber(script)) as stage:
        first, second = called(stage), called(stage)
        await asyncio.sleep(0)
        assert stage.depth == 2
        second.cancel()
        await asyncio.wait({second})
        assert stage.depth == 1
        await first
        assert (await called(stage)).value.text
    assert sum(entry["event"] == "begin" for entry in read_journal(journal)) == 2


async def test_a_call_cancelled_while_it_runs_in_a_process_goes_on_for_nobody(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    script = Script(steps=(Step(takes_s=0.3),), journal=str(journal))
    async with stage_of(transcriber(script)) as stage:
        first = called(stage)
        await until(lambda: read_journal(journal)[-1]["event"] == "begin")
        first.cancel()
        await asyncio.wait({first})
        assert first.cancelled()
        assert stage.depth == 1, "its process is still busy with it"
        assert (await called(stage)).value.text
    ends = [entry for entry in read_journal(journal) if entry["event"] == "end"]
    assert [entry["outcome"] for entry in ends] == ["answer"] * 2
    assert len({entry["pid"] for entry in ends} - {os.getpid()}) == 1


async def test_a_call_cancelled_while_it_runs_on_the_loop_is_stopped(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    script = Script(steps=(Step(takes_s=30),), journal=str(journal))
    async with stage_of(transcriber(script, home="loop")) as stage:
        first = called(stage)
        await until(lambda: read_journal(journal)[-1]["event"] == "begin")
        first.cancel()
        assert (await called(stage)).value.text
    assert "cancelled" in {entry.get("outcome") for entry in read_journal(journal)}


async def test_a_call_cancelled_before_it_could_begin_frees_its_place() -> None:
    async with stage_of(scripted(home="loop")) as stage:
        first = called(stage)
        await asyncio.sleep(0)
        first.cancel()
        assert (await called(stage)).value.text
        assert stage.depth == 0


async def test_a_call_on_the_loop_that_hangs_times_out_and_is_stopped() -> None:
    async with stage_of(scripted("hang", home="loop"), timeout_ms=100) as stage:
        assert (await failure(called(stage))).code is ErrorCode.TIMEOUT
        assert (await called(stage, audio_s=PATIENT_S)).value.text
        assert stage.depth == 0


async def test_a_call_on_the_loop_that_will_not_be_stopped_keeps_only_its_own_place() -> None:
    released = asyncio.Event()

    async def stubborn(engine: object) -> str:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        return "late"

    async with stage_of(scripted(home="loop", concurrency=2), timeout_ms=50) as stage:
        with pytest.raises(EngineError) as failed:
            await stage.run("a", stubborn, audio_s=6)
        assert failed.value.code is ErrorCode.TIMEOUT
        await until(lambda: stage.running == 1)
        assert (await called(stage, audio_s=PATIENT_S)).value.text
        released.set()
        await until(lambda: stage.running == 2)


async def test_as_many_calls_run_on_the_loop_as_the_card_allows() -> None:
    async with stage_of(scripted(*[Step(takes_s=0.2)] * 8, home="loop", concurrency=4)) as stage:
        done = await asyncio.gather(*(called(stage, f"s{n}") for n in range(8)))
        assert sorted(one.waited_ms >= 100 for one in done) == [False] * 4 + [True] * 4


@pytest.mark.parametrize(("audio_s", "allowed_ms"), [(0.1, 20), (6.0, 20), (9.0, 30), (30.0, 100)])
async def test_a_time_out_grows_with_the_sound(audio_s: float, allowed_ms: int) -> None:
    async with stage_of(scripted("hang", home="loop"), timeout_ms=20) as stage:
        began = time.monotonic()
        error = await failure(called(stage, audio_s=audio_s))
        assert time.monotonic() - began >= allowed_ms / 1000
        assert error.message == f"asr took longer than {allowed_ms} ms"


async def test_over_the_bound_a_call_is_refused_as_retryable() -> None:
    async with stage_of(scripted(Step(takes_s=0.1), home="loop"), queue_bound=1) as stage:
        running, waiting = called(stage), called(stage)
        error = await failure(called(stage))
        assert (error.code, error.retryable) == (ErrorCode.QUEUE_FULL, True)
        assert stage.depth == 2
        await asyncio.gather(running, waiting)
        assert not stage._calls


@pytest.mark.logs_errors
async def test_only_engine_errors_leave_a_stage() -> None:
    async def wrong(engine: object) -> None:
        raise KeyError("what was said")

    async with stage_of(scripted(home="loop")) as stage:
        with pytest.raises(EngineError) as failed:
            await stage.run("a", wrong, audio_s=6)
        assert failed.value.message == "the engine raised KeyError"


async def test_a_stage_that_cannot_start_leaves_nothing() -> None:
    script = steps()
    spec = transcriber(script, concurrency=2)
    stage = Stage(
        spec,
        spec.check(EngineSettings()),
        EngineSettings(),
        timeout_ms=1,
        queue_bound=1,
        ready_timeout_s=0.01,
    )
    with pytest.raises(NotHere, match="not ready within"):
        await stage.start()
    assert stage.running == 0
    error = await failure(called(stage))
    assert error.code is ErrorCode.MODEL_ERROR
    await stage.close()


async def test_where_one_of_its_processes_cannot_start_the_others_are_ended(tmp_path: Path) -> None:
    spec = odd(f"the only one {tmp_path / 'taken'}")
    spec = replace(spec, card=replace(spec.card, concurrency=2))
    with pytest.raises(NotHere, match="there is only one"):
        async with stage_of(spec):
            raise AssertionError("it has started")
    assert not children()


async def test_a_process_that_has_grown_is_replaced_between_two_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(growth, "SETTLED_AFTER_CALLS", 1)
    monkeypatch.setattr(growth, "FACTOR", 1)
    monkeypatch.setattr(process, "Growth", partial(growth.Growth, room_bytes=20 << 20))
    async with stage_of(odd()) as stage:
        before = (await stage.run("a", lambda engine: engine.pid(), audio_s=6)).value
        await stage.run("a", lambda engine: engine.grow(60 << 20), audio_s=6)
        assert stage.running == 0
        after = (await stage.run("a", lambda engine: engine.pid(), audio_s=6)).value
        assert after != before


async def test_a_stage_that_ends_refuses_what_waits_and_runs() -> None:
    async with stage_of(scripted(Step(takes_s=30))) as stage:
        calls = [called(stage) for _ in range(3)]
        await asyncio.sleep(0.05)
        began = time.monotonic()
    assert time.monotonic() - began < 20, "what runs is not waited for"
    for call in calls:
        assert (await failure(call)).code is ErrorCode.MODEL_ERROR


async def test_a_stage_that_ends_while_an_engine_is_replaced_leaves_nothing() -> None:
    async with stage_of(scripted("exit")) as stage:
        await failure(called(stage))
        await until(lambda: len(children()) == 1)


async def test_a_stage_that_ends_while_a_hanging_engine_is_ended_leaves_nothing() -> None:
    async with stage_of(scripted("hang_native"), timeout_ms=50) as stage:
        await failure(called(stage))
        await until(lambda: stage.running == 0)
    assert not children()


async def test_late_answers_hold_no_memory() -> None:
    async with stage_of(scripted()) as stage:
        for _ in range(50):
            call = called(stage)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            call.cancel()
        await until(lambda: stage.depth == 0)
        assert not stage._calls
        assert (await stage.run("a", transcribe, audio_s=len(SOUND) / 16_000)).value.text
