"""RTSP from a mount that others play already: one who joins has to learn what belongs together."""

import asyncio
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from media_service.testmedia.recorder import Recorder
from servers.rtsp import RtspServer, play

from live.films import film
from live.measure import assert_continuous, assert_copied, assert_in_sync, shifts
from live.stage import SMALL
from live.worker import WorkerProcess

JOINED_S = (2.2, 3.1, 4.7)
"""After the first client; the sender's reports come every few seconds."""
DELAY = {"segment_duration": 2, "av_offset_ms": 5000}
"""Longer than it takes for both tracks' reports to come."""


async def _join(folder: Path, number: int, server: RtspServer) -> WorkerProcess:
    await asyncio.sleep(JOINED_S[number])
    name = f"joined{number}"
    out = folder / f"{name}.ts"
    worker = WorkerProcess(folder, name=name, input_url=server.url("x"), output_url=out, **DELAY)
    async with worker:
        await worker.wait_on_air(20)
        await asyncio.sleep(6)
        worker.terminate()
        assert await worker.exit_code(20) == 0
    return worker


@pytest.mark.slow
@pytest.mark.timeout(90)
async def test_one_who_joins_a_shared_mount_is_in_sync_from_the_first_picture(tmp_path: Path) -> None:
    file = await asyncio.to_thread(film, tmp_path / "b.mkv", Programme(**SMALL, duration_s=60))
    server = RtspServer(tmp_path / "rtsp", plays={"x": play(file)})
    first = Recorder(server.url("x"), tmp_path / "first")
    async with server, first, asyncio.TaskGroup() as group:
        await asyncio.to_thread(first.wait_for_bytes, 10_000, 15)
        tasks = [group.create_task(_join(tmp_path, number, server)) for number in range(len(JOINED_S))]
        workers = [await task for task in tasks]
        await asyncio.to_thread(first.stop)
    source = await asyncio.to_thread(partial(read, file, pictures=False, sound=False))
    reference = await asyncio.to_thread(read, first.file)
    for worker in workers:
        recording = await asyncio.to_thread(read, tmp_path / f"{worker.name}.ts")
        assert len(worker.events("change", what="input", to="up")) == 1
        assert_copied(recording, source, least=150)
        assert_in_sync(shifts(recording, reference), least=4, unpaired=1)
        assert_continuous(recording)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_whoever_joins_a_shared_mount_gets_both_tracks_and_keeps_them(tmp_path: Path) -> None:
    """A file's mount announces an end; one in ten who joined used to be cut off by it at once."""
    file = film(tmp_path / "b.mkv", Programme(**SMALL, duration_s=60))
    with RtspServer(tmp_path / "rtsp", plays={"x": play(file)}) as server:
        command = [sys.executable, str(Path(__file__).with_name("joins.py")), server.url("x")]
        told = subprocess.run(command, capture_output=True, timeout=100, check=True).stdout
    joins: list[dict[str, float]] = json.loads(told)
    assert len(joins) >= 20
    for silent_s in joins:
        assert set(silent_s) == {"audio", "video"}
        assert max(silent_s.values()) < 1.0, silent_s
