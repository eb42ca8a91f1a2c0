"""A publisher appears, and its stream is dubbed; whatever breaks, it is dubbed again."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from media_service.testmedia.recorder import Recorder
from orchestrator_process.process import until
from servers.ports import LOCAL, free_port

from orchestrator_live.stage import Stage, staged

AIR_S = 60.0


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("programme") / "in.flv"
    return generate(file, Programme(50, width=160, height=90, fps=Programme.fps / 5, video_bit_rate=100_000))


async def plays(url: str, file: Path) -> None:
    """Both tracks, for some seconds."""
    async with Recorder(url, file) as recorder:
        await asyncio.to_thread(recorder.wait_for_bytes, 80_000, AIR_S)
    recorded = read(recorder.file, pictures=False, sound=False)
    assert len(recorded.of("video")) > 5
    assert len(recorded.of("audio")) > 50


async def on_air(stage: Stage, stream_id: str) -> None:
    await stage.orchestrator.until_stream(stream_id, AIR_S, state="dubbing", phase="running")


@pytest.mark.slow
async def test_a_publisher_appears_and_within_seconds_its_dubbed_stream_plays(
    programme: Path, tmp_path: Path
) -> None:
    async with staged(tmp_path) as stage:
        orchestrator = stage.orchestrator
        async with stage.publisher(programme, "match") as publisher:
            await asyncio.to_thread(lambda: publisher.started_ns)
            began = time.monotonic()
            await until(lambda: orchestrator.pids(), 20, "worker")
            appeared_s = time.monotonic() - began
            await on_air(stage, "match")
            (pid,) = orchestrator.pids("match")
            await plays(stage.output("match"), tmp_path / "out")
            # The same hooks again, as a server with a stutter would send them.
            form = {"app": "live", "name": "match-in", "addr": LOCAL}
            for call, clientid in (("publish", "1"), ("publish_done", "987"), ("done", "986"), ("play", "1")):
                status, _ = await orchestrator.ask(
                    "POST", "/v1/nginx-rtmp/events", data={**form, "call": call, "clientid": clientid}
                )
                assert status == 200
            os.kill(pid, signal.SIGKILL)
            began = time.monotonic()
            await until(lambda: orchestrator.pids() not in ([], [pid]), 20, "new worker")
            back_s = time.monotonic() - began
            await on_air(stage, "match")
            (pid,) = orchestrator.pids("match")
            await orchestrator.kill()
            await orchestrator.start()
            await on_air(stage, "match")
            assert orchestrator.pids() == [pid]
        assert appeared_s < 4
        assert back_s < 3


@pytest.mark.slow
async def test_a_publisher_that_blinks_for_five_seconds_keeps_its_worker(
    programme: Path, tmp_path: Path
) -> None:
    async with staged(tmp_path) as stage:
        async with stage.publisher(programme, "match"):
            await on_air(stage, "match")
            pids = stage.orchestrator.pids()
        await stage.orchestrator.until_stream("match", publishing=False)
        await asyncio.sleep(5)
        async with stage.publisher(programme, "match", start_s=20):
            await stage.orchestrator.until_stream("match", publishing=True)

            async def is_back() -> bool:
                told = (await stage.orchestrator.stream("match"))["worker"]
                return bool(told and told["input"]["state"] == "up" and told["input"]["reconnects"])

            await until(is_back, 30, "the source at the worker")
            assert stage.orchestrator.pids() == pids


@pytest.mark.slow
async def test_a_publisher_that_stays_away_ends_its_worker(programme: Path, tmp_path: Path) -> None:
    async with staged(tmp_path, grace_s=5) as stage:
        async with stage.publisher(programme, "match"):
            await on_air(stage, "match")
        await stage.orchestrator.until_stream("match", AIR_S, publishing=False, phase="waiting")
        assert stage.orchestrator.pids() == []


@pytest.mark.slow
async def test_what_is_sent_on_arrives_and_a_dead_destination_harms_nothing(
    programme: Path, tmp_path: Path
) -> None:
    dead = f"rtmp://{LOCAL}:{free_port()}/live/secret-key-1"
    async with staged(tmp_path) as stage:
        orchestrator = stage.orchestrator
        body = {"stream_id": "match", "forward_urls": [dead, stage.server.url("cdn-key-2")]}
        status, told = await orchestrator.ask("POST", "/v1/streams", body)
        assert (status, "key-" in str(told)) == (201, False)
        async with stage.publisher(programme, "match"):
            await on_air(stage, "match")
            pids = orchestrator.pids("match")

            async def settled() -> bool:
                first, second = (await orchestrator.stream("match"))["forwards"]
                return bool(first["attempts"] >= 2 and second["state"] == "running")

            await until(settled, AIR_S, "a forwarder that runs and one that is tried again")
            await plays(stage.server.url("cdn-key-2"), tmp_path / "cdn")
            found = await orchestrator.stream("match")
            assert orchestrator.pids("match") == pids
            assert found["worker"]["output"]["reconnects"] == 0
        await orchestrator.terminate()
        assert orchestrator.pids() == []
        logs = [file.read_text() for file in (orchestrator.state_dir / "logs").iterdir()]
        assert not any("key-" in log for log in [*logs, orchestrator.program.output()])
