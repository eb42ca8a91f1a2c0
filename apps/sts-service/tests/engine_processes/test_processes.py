"""An engine in a process of its own: what it is asked, what goes wrong, and that nothing is left of it."""

import asyncio
import contextlib
import logging
import os
import resource
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.engines.host import Host, process, start
from sts_service.full.settings import FullSettings
from sts_service.testing.fakes import transcriber
from sts_service.testing.script import Does, Script, Step, read_journal

from engine_processes.children import children
from engine_processes.engines import Odd, odd
from engine_processes.held import gone, until

pytestmark = pytest.mark.usefixtures("clean")

SETTINGS = EngineSettings(deepl_api_key="KEY")
READY_S = 30.0


@contextlib.asynccontextmanager
async def hosted(how: str = "") -> AsyncIterator[Host[Odd]]:
    host = await start(odd(how), SETTINGS, ready_timeout_s=READY_S)
    try:
        yield host
    finally:
        await host.close()


async def test_an_engine_in_a_process_is_used_like_the_engine_itself() -> None:
    async with hosted() as host:
        assert await host.engine.pid() == host.pid != os.getpid()
        assert await host.engine.echo({"a": (1, None)}) == {"a": (1, None)}
        assert await host.engine.waits() == "waited"


async def test_large_sounds_go_there_and_back_without_holding_up_the_loop() -> None:
    sound = np.random.default_rng(1).random(30 * 48_000, np.float32)
    async with hosted() as host:
        echo = asyncio.create_task(host.engine.echo(sound))
        turns = 0
        while not echo.done():
            await asyncio.sleep(0)
            turns += 1
        back = await echo
        assert np.array_equal(back, sound)
        assert back.flags.writeable
    # The socket takes some hundred kilobytes at a time, and the loop turns between them.
    assert turns > 20


async def test_of_the_settings_an_engine_process_gets_the_engines_own() -> None:
    settings = FullSettings(sts_api_key="the service's", deepl_api_key="the engine's")
    host = await start(odd(), settings, ready_timeout_s=READY_S)
    name, key, rows = await host.engine.told()
    await host.close()
    assert (name, key) == ("EngineSettings", "the engine's")
    assert "sts_api_key" not in rows


async def test_the_process_imports_nothing_of_the_server_and_its_libraries_share_the_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    async with hosted() as host:
        modules = await host.engine.modules()
        assert await host.engine.environment("MKL_NUM_THREADS") == "3"
        assert await host.engine.environment("OMP_NUM_THREADS") == str(len(os.sched_getaffinity(0)))
    ours = {name for name in modules if name.startswith(("sts_service.server", "sts_service.full"))}
    heavy = {"socketio", "uvicorn", "uvloop", "aiohttp", "prometheus_client", "hypothesis"} & set(modules)
    assert not ours | heavy


@pytest.mark.parametrize("wanted", [None, "0"])
async def test_what_an_engine_loads_is_not_to_tell_its_maker_but_by_the_operators_wish(
    wanted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    if wanted is not None:
        monkeypatch.setenv("ORT_DISABLE_TELEMETRY", wanted)
    async with hosted() as host:
        assert await host.engine.environment("ORT_DISABLE_TELEMETRY") == (wanted or "1")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("not here", "odd: no model: run `get-model`"),
        ("import", "odd: ModuleNotFoundError: No module named 'no_such_module'"),
        ("exit", "odd: SystemExit: 7"),
        ("exit at once", "odd: its process ended while it started, with status 7: cannot open the device"),
    ],
)
async def test_an_engine_that_cannot_be_made_says_why(how: str, why: str) -> None:
    with pytest.raises(NotHere) as refused:
        await start(odd(how), SETTINGS, ready_timeout_s=READY_S)
    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("does", "ready_s", "why"),
    [("segfault", READY_S, "killed by SIGSEGV"), ("hang", 1, "not ready within 1 s of its start")],
)
async def test_an_engine_that_dies_or_hangs_while_it_is_made_says_so(
    does: Does, ready_s: float, why: str
) -> None:
    with pytest.raises(NotHere, match=f"^fake: .*{why}"):
        await start(transcriber(Script(start_does=does)), SETTINGS, ready_timeout_s=ready_s)


@pytest.mark.parametrize("left", range(7))
async def test_where_no_file_can_be_opened_there_is_no_engine_and_nothing_is_left(left: int) -> None:
    """The socket to the process, the pipe from it and its start need seven."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as filled:
        filling = [os.dup(0) for _ in range(100)]  # also the gaps below
        for fd in filling:
            filled.callback(os.close, fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(filling) + 1 + left, hard))
        filled.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with pytest.raises(NotHere, match=r"^odd: no process for it: Too many open files"):
            await start(odd(), SETTINGS, ready_timeout_s=READY_S)


async def test_a_start_that_is_cancelled_leaves_no_process() -> None:
    task = asyncio.create_task(start(transcriber(Script(start_s=60)), SETTINGS, ready_timeout_s=READY_S))
    await until(children)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not children()


async def test_what_an_engine_raises_becomes_one_kind_of_error(caplog: pytest.LogCaptureFixture) -> None:
    async with hosted() as host:
        with pytest.raises(EngineError) as failed:
            await host.engine.no_method_of_the_engine()
        assert (failed.value.code, failed.value.retryable) == (ErrorCode.MODEL_ERROR, True)
        assert failed.value.message == "the engine raised KeyError"
        assert "in no_method_of_the_engine" in caplog.text
        assert "KEY" not in caplog.text, "an exception may quote speech"
        assert await host.engine.echo(1) == 1


async def test_out_of_gpu_memory_frees_it_and_the_process_carries_on(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    script = Script(steps=(Step(does="oom"), Step(does="torch_oom")), journal=str(journal))
    host = await start(transcriber(script), SETTINGS, ready_timeout_s=READY_S)
    pid = host.pid
    sound = np.full(1600, 0.5, np.float32)
    for _ in range(2):
        with pytest.raises(EngineError) as failed:
            await host.engine.transcribe(sound, "en", "")
        assert (failed.value.code, failed.value.retryable) == (ErrorCode.GPU_OOM, True)
    # Its answer does not wait for the memory, but the next call does.
    assert (await host.engine.transcribe(sound, "en", "")).text
    events = [entry["event"] for entry in read_journal(journal)]
    assert events == ["make", *("begin", "end", "free_memory") * 2, "begin", "end"]
    assert host.pid == pid
    await host.close()


async def test_memory_that_cannot_be_freed_costs_no_more_than_the_call() -> None:
    async with hosted() as host:
        with pytest.raises(EngineError, match="out of GPU memory") as failed:
            await host.engine.cuda_oom()
        assert failed.value.code is ErrorCode.GPU_OOM
        assert await host.engine.freed() == 1


@pytest.mark.parametrize(("does", "how"), [("segfault", "killed by SIGSEGV"), ("exit", "with status 3")])
async def test_a_process_that_dies_in_a_call_fails_that_call(does: Does, how: str, tmp_path: Path) -> None:
    # By the journal its successor knows that it has been done.
    script = Script(steps=(Step(does=does),), journal=str(tmp_path / "journal"))
    host = await start(transcriber(script), SETTINGS, ready_timeout_s=READY_S)
    sound = np.full(1600, 0.5, np.float32)
    for _ in range(2):
        with pytest.raises(EngineError, match=how) as failed:
            await host.engine.transcribe(sound, "en", "")
        assert (failed.value.code, failed.value.retryable) == (ErrorCode.MODEL_ERROR, True)
        assert host.is_gone
    await host.replace()
    assert (await host.engine.transcribe(sound, "en", "")).text
    await host.close()


async def test_a_process_that_dies_is_gone_though_its_twin_has_the_connection(tmp_path: Path) -> None:
    journal = tmp_path / "twin"
    async with hosted() as host:
        try:
            with pytest.raises(EngineError, match="with status 4"):
                await asyncio.wait_for(host.engine.fork_and_die(str(journal)), 20)
        finally:
            os.kill(int(journal.read_text()), signal.SIGKILL)


async def test_a_process_that_dies_idle_is_noticed() -> None:
    async with hosted() as host:
        noticed = asyncio.Event()
        host.on_gone = noticed.set
        assert host.pid
        os.kill(host.pid, signal.SIGKILL)
        await asyncio.wait_for(noticed.wait(), 5)
        assert host.is_gone


async def test_a_stopped_process_is_ended_all_the_same() -> None:
    async with hosted() as host:
        assert host.pid
        os.kill(host.pid, signal.SIGSTOP)
        call = asyncio.create_task(host.engine.echo(1))
        await asyncio.sleep(0.05)
        await host.replace()
        with pytest.raises(EngineError, match="SIGKILL"):
            await call
        assert await host.engine.echo(2) == 2


async def test_a_call_given_up_in_the_middle_never_answers_another() -> None:
    async with hosted() as host:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(host.engine.echo(np.zeros(4_000_000)), 0.0005)
        with pytest.raises(EngineError):
            await host.engine.echo(2)


async def test_what_a_process_prints_is_logged_and_not_taken_for_messages(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "sts_service.engines.host")
    async with hosted() as host:
        await host.engine.print("dub1 garbage \x00\xff\n")
        await host.engine.print("many\n", 10_000)
        assert await host.engine.echo(1) == 1
    said = [record for record in caplog.records if record.message.startswith("engine says")]
    assert "dub1 garbage" in said[0].message
    assert 100 <= len(said) <= 110, "bounded, however much is said"
    assert {record.levelno for record in said} == {logging.DEBUG}, "it may quote speech"


async def test_garbage_where_the_messages_go_costs_the_process_and_not_the_server() -> None:
    async with hosted() as host:
        with pytest.raises(EngineError) as failed:
            await host.engine.garble()
        assert failed.value.code is ErrorCode.MODEL_ERROR
        await host.replace()
        assert await host.engine.echo(1) == 1


async def test_a_result_that_cannot_come_back_fails_its_call_alone() -> None:
    async with hosted() as host:
        for method, arguments, why in (
            ("foreign", (), r"decimal\.Decimal"),
            ("unpicklable", (), "cannot be pickled"),
            ("huge", (65 << 20,), "the limit is"),
            ("echo", (lambda: None,), "cannot be pickled"),
            ("no_such", (), "AttributeError"),
        ):
            with pytest.raises(EngineError, match=why) as failed:
                await getattr(host.engine, method)(*arguments)
            assert failed.value.code is ErrorCode.MODEL_ERROR
            assert await host.engine.echo(1) == 1


async def test_signals_for_the_whole_group_are_the_servers_affair() -> None:
    async with hosted() as host:
        assert await host.engine.interrupted() == "still here"
        assert host.pid
        assert os.getsid(host.pid) == host.pid


async def test_a_process_ends_with_what_it_has_started() -> None:
    async with hosted() as host:
        child = await host.engine.child()
        call = asyncio.create_task(host.engine.waits())
        await asyncio.sleep(0)
        await host.replace()
        with pytest.raises(EngineError):
            await call
        assert await gone(child)


async def test_an_engine_that_does_not_close_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CLOSE_S", 0.2)
    async with hosted("stubborn") as host:
        pid = host.pid
    assert pid
    assert await gone(pid)


async def test_an_engine_closes_in_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = tmp_path / "journal"
    host = await start(transcriber(Script(journal=str(journal))), SETTINGS, ready_timeout_s=READY_S)
    await host.close()
    assert [entry["event"] for entry in read_journal(journal)] == ["make", "close"]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
