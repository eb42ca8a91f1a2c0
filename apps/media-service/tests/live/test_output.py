"""What an output may do to a run: fall over and return, go for good, be unable to carry the video."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from media_service.testmedia.generate import generate
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from media_service.testmedia.recorder import Recorder
from servers.rtmp import RtmpServer
from servers.srt import SrtPort

from live.echo import EchoProcess
from live.measure import assert_copied, assert_in_sync, shifts
from live.stage import SMALL
from live.worker import WorkerProcess

GONE_S = 3.0
GIVES_UP_S = 15.0


async def test_an_output_that_returns_is_fed_from_a_keyframe_on(tmp_path: Path) -> None:
    file = generate(tmp_path / "source.flv", Programme(**SMALL, duration_s=17))
    async with EchoProcess(tmp_path) as echo, RtmpServer(tmp_path / "nginx") as server:
        worker = WorkerProcess(
            tmp_path, input_url=file, output_url=server.url("out"), sts_service_url=echo.url
        )
        before, after = (Recorder(server.url("out"), tmp_path / name) for name in ("before", "after"))
        async with worker, before, after:
            await asyncio.to_thread(before.wait_for_bytes, 50_000, 20)
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(GONE_S)
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(after.start)
            assert await worker.exit_code(40) == 0
            await asyncio.to_thread(after.stop)
            assert worker.events("change", what="output")[-1]["to"] == "up"
            assert not worker.events("change", what="input", to="lost")
        recording, source = read(after.file), read(file)
    assert recording.of("video")[0].keyframe
    assert_copied(recording, source, least=60)
    assert_in_sync(shifts(recording, source), least=2, unpaired=1)


async def test_an_output_that_is_gone_ends_the_run_with_20(tmp_path: Path) -> None:
    file = generate(tmp_path / "source.flv", Programme(**SMALL, duration_s=30))
    with RtmpServer(tmp_path / "nginx") as server:
        async with WorkerProcess(tmp_path, input_url=file, output_url=server.url("secret-key")) as worker:
            await worker.wait_on_air()
            server.kill()
            await worker.wait_for(
                lambda: bool(worker.events("change", what="output", to="lost")), 10, "loss of the output"
            )
            assert await worker.exit_code(GIVES_UP_S) == 20
            assert worker.log_lines(level="error")[-1]["exitCode"] == 20
            assert "secret-key" not in worker.output()


async def test_h265_to_rtmp_is_refused_in_one_line_that_names_both(tmp_path: Path) -> None:
    programme = Programme(**{**SMALL, "video": "h265"}, duration_s=6)
    file = generate(tmp_path / "source.ts", programme)
    async with WorkerProcess(tmp_path, input_url=file, output_url="rtmp://127.0.0.1:1/live/x") as worker:
        assert await worker.exit_code(15) == 20
        [error] = worker.log_lines(level="error")
        assert "H.265" in error["message"]
        assert "rtmp://127.0.0.1:1/live/" in error["message"]


@pytest.mark.timeout(90)
async def test_srt_carries_h265_and_outlives_peers_that_vanish(tmp_path: Path) -> None:
    """Neither end is told of the other's death: the worker's watchdogs see it."""
    programme = Programme(**{**SMALL, "video": "h265"}, duration_s=30)
    file = generate(tmp_path / "source.ts", programme)
    incoming, outgoing = SrtPort(), SrtPort()
    async with EchoProcess(tmp_path) as echo:
        worker = WorkerProcess(
            tmp_path, input_url=incoming.listener, output_url=outgoing.listener, sts_service_url=echo.url
        )
        first = Publisher(file, incoming.caller, tmp_path)
        second = Publisher(file, incoming.caller, tmp_path, start_s=12.0)
        recorders = [Recorder(outgoing.caller, tmp_path / name) for name in ("first", "second")]
        async with worker:
            await worker.wait_for(lambda: bool(worker.begun_ns), 5)
            try:
                await asyncio.to_thread(first.start)
                await worker.wait_for(lambda: _changes(worker, "output", "up") > 0, 20, "an output")
                await asyncio.to_thread(recorders[0].start)
                await asyncio.to_thread(recorders[0].wait_for_bytes, 250_000, 20)
                # Both peers die without a word.
                first.freeze()
                recorders[0].freeze()
                await worker.wait_for(lambda: _changes(worker, "input", "lost") > 0, 10, "loss of the source")
                first.kill()
                recorders[0].kill()
                await worker.wait_for(lambda: _listens_again(worker), 10, "a new listener")
                await asyncio.to_thread(second.start)
                await worker.wait_for(lambda: _changes(worker, "input", "up") > 1, 15, "the source again")
                await asyncio.to_thread(recorders[1].start)
                await asyncio.to_thread(recorders[1].wait_for_bytes, 250_000, 20)
            finally:
                for program in (first, second, *recorders):
                    program.kill()
            worker.terminate()
            assert await worker.exit_code(20) == 0
    source = await asyncio.to_thread(read, file)
    for recorder in recorders:
        recording = _without_the_last(await asyncio.to_thread(read, recorder.file))
        assert recording.codecs["video"] == "hevc"
        assert_copied(recording, source, least=60)
        assert_in_sync(shifts(recording, source), least=2, unpaired=1)
        assert not any(b.dts_ns <= a.dts_ns for a, b in pairwise(recording.of("video")))  # type: ignore[operator]


def _without_the_last(recording: Media) -> Media:
    """Its access unit was cut when the recorder died."""
    return replace(recording, packets=[p for p in recording.packets if p is not recording.of("video")[-1]])


def _changes(worker: WorkerProcess, what: str, to: str) -> int:
    return len(worker.events("change", what=what, to=to))


def _listens_again(worker: WorkerProcess) -> bool:
    return any("connecting again" in line["message"] for line in worker.log_lines())
