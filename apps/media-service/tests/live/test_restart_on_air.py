"""The orchestrator replaces a worker that is on air: real workers, and a recorder at the output."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from media_service.testmedia.recorder import Recorder
from orchestrator_process.process import REAL, Orchestrator, until
from servers.rtmp import RtmpServer

from live.echo import EchoProcess
from live.films import film
from live.measure import assert_copied, assert_in_sync, shifts
from live.stage import SMALL

pytestmark = pytest.mark.slow

MOST_S = 60.0
SHORT = {"WORKER_SEGMENT_DURATION": "2"}
Act = Callable[[Orchestrator, int], Awaitable[None]]


async def played(folder: Path, act: Act, duration_s: float = 32.0) -> tuple[Media, Media, list[int]]:
    """The recording, the source, and the workers' processes that were left before its end."""
    file = await asyncio.to_thread(film, folder / "source.flv", Programme(**SMALL, duration_s=duration_s))
    async with EchoProcess(folder, voice="inverted") as echo, RtmpServer(folder / "nginx") as server:
        orchestrator = Orchestrator(
            folder,
            command=REAL,
            env=SHORT,
            sts_service_url=echo.url,
            ingest_url=server.url("{id}-in"),
            output_url=server.url("{id}-out"),
            segment_mode="fixed",
            av_offset_ms=1500,
            mix="replace",
        )
        recorder = Recorder(server.url("m-out"), folder / "recorded")
        publisher = Publisher(file, server.url("m-in"), folder)
        async with orchestrator, recorder:
            await asyncio.to_thread(publisher.start)
            try:
                await orchestrator.ready("m")
                await orchestrator.until_stream("m", MOST_S, state="dubbing")
                (pid,) = orchestrator.pids("m")
                await act(orchestrator, pid)
                left = orchestrator.pids("m")
                await asyncio.to_thread(publisher.wait_until_ended, duration_s + MOST_S)
                await asyncio.sleep(6)
                await orchestrator.not_ready("m")
                await asyncio.to_thread(recorder.stop)
            finally:
                await asyncio.to_thread(publisher.kill)
    recording, source = await asyncio.to_thread(lambda: [read(one) for one in (recorder.file, file)])
    return recording, source, left


async def other_than(orchestrator: Orchestrator, pid: int) -> None:
    await until(lambda: pid not in (now := orchestrator.pids("m")) and len(now) == 1, MOST_S, "other worker")
    await orchestrator.until_stream("m", MOST_S, phase="running", state="dubbing", reason=None)


async def restarted(orchestrator: Orchestrator, pid: int) -> None:
    assert (await orchestrator.ask("POST", "/v1/streams/m/restart"))[0] == 202
    await other_than(orchestrator, pid)
    assert (await orchestrator.stream("m"))["restarts"] == 0
    # Previews are the new one's, once the old one has ended.

    async def has_previews() -> bool:
        return (await orchestrator.ask("GET", "/preview/m/output/index.m3u8"))[0] == 200

    await until(has_previews, MOST_S, "preview of the new worker")


async def rolled_out(orchestrator: Orchestrator, pid: int) -> None:
    """By an orchestrator that has found the worker running."""
    await orchestrator.kill()
    await orchestrator.start()
    await orchestrator.until_stream("m", MOST_S, phase="running", state="dubbing", pid=pid)
    assert (await orchestrator.ask("POST", "/v1/rollout"))[0] == 202
    await other_than(orchestrator, pid)


async def orphaned(orchestrator: Orchestrator, pid: int) -> None:
    await orchestrator.ask("POST", "/v1/streams/m/restart")
    await orchestrator.until_stream("m", MOST_S, phase="handing_over")
    await orchestrator.kill()
    await asyncio.sleep(2)
    await orchestrator.start()
    await other_than(orchestrator, pid)


@pytest.mark.parametrize("act", [restarted, rolled_out, orphaned], ids=lambda act: act.__name__)
def test_every_picture_goes_out_once_and_one_worker_is_left(tmp_path: Path, act: Act) -> None:
    recording, source, left = asyncio.run(played(tmp_path, act))
    assert len(left) == 1
    assert_copied(recording, source, least=700)
    assert_in_sync(shifts(recording, source), least=22, unpaired=1, worst_ms=5.0, median_ms=2.0)


def test_a_worker_that_stands_still_is_killed_and_its_successor_goes_on(tmp_path: Path) -> None:
    async def frozen(orchestrator: Orchestrator, pid: int) -> None:
        await orchestrator.ask("POST", "/v1/streams/m/restart")
        await orchestrator.until_stream("m", MOST_S, phase="handing_over")
        os.kill(pid, signal.SIGSTOP)
        await other_than(orchestrator, pid)

    recording, source, left = asyncio.run(played(tmp_path, frozen, 45.0))
    assert len(left) == 1
    assert_in_sync(shifts(recording, source), least=12, unpaired=2)
