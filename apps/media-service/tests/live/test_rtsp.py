"""RTSP, in and out, with GStreamer's own server at the other end."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from media_service.testmedia import sound_faults
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from media_service.testmedia.recorder import Recorder
from servers import rtsp

from live.batches import Batches
from live.echo import EchoProcess
from live.films import film
from live.measure import assert_continuous, assert_copied, assert_in_sync, shifts
from live.stage import SMALL
from live.worker import WorkerProcess

SOURCES = {
    "opus": Programme(**SMALL, duration_s=30, b_frames=0, audio="opus"),
    "b-frames": Programme(**SMALL, duration_s=30, b_frames=2),
}
PLAYED_S = 8.0
LONG_S = 180
SENT_S = 14
REPORTED_NS = 7_000_000_000
MATROSKA_NS = 2_000_000
"""By as much may stamps in whole milliseconds, of two files, be apart."""


async def _through(
    folder: Path, name: str, programme: Programme, echo: EchoProcess, played_s: float = PLAYED_S
) -> WorkerProcess:
    """The reference is what another reader gets from the same server."""
    file = await asyncio.to_thread(film, folder / f"{name}.mkv", programme)
    # Each client gets a run of its own: to one who joins another's, this server tells a wrong beginning.
    plays = {"x": rtsp.play(file, audio=programme.audio)}
    server = rtsp.RtspServer(folder / f"{name}-rtsp", plays=plays, shared=False)
    reference = Recorder(server.url("x"), folder / f"{name}-reference")
    worker = WorkerProcess(
        folder,
        name=name,
        input_url=server.url("x"),
        output_url=folder / f"{name}-out.ts",
        sts_service_url=echo.url,
    )
    async with server, reference, worker:
        dubs = played_s / 2
        await worker.wait_for(lambda: len(worker.events("slot", outcome="dubbed")) >= dubs, played_s + 32)
        worker.terminate()
        assert await worker.exit_code(20) == 0
        await asyncio.to_thread(reference.stop)
    return worker


async def _into(folder: Path) -> WorkerProcess:
    """A file into a server that records."""
    file = await asyncio.to_thread(film, folder / "sent.flv", Programme(**SMALL, duration_s=SENT_S))
    # GStreamer announces AAC as this.
    server = rtsp.RtspServer(folder / "recording", records={"x": rtsp.record(("latm", "h264"))})
    worker = WorkerProcess(folder, name="sending", input_url=file, output_url=server.url("x"))
    async with server, worker:
        assert await worker.exit_code(90) == 0
    return worker


async def play(folder: Path) -> dict[str, WorkerProcess]:
    async with EchoProcess(folder) as echo, asyncio.TaskGroup() as group:
        sending = group.create_task(_into(folder))
        tasks = {
            name: group.create_task(_through(folder, name, programme, echo))
            for name, programme in SOURCES.items()
        }
    return {"sending": sending.result(), **{name: task.result() for name, task in tasks.items()}}


@pytest.fixture(scope="module")
def workers(batches: Batches) -> dict[str, WorkerProcess]:
    return batches.of(play)


@pytest.mark.parametrize("name", SOURCES)
def test_rtsp_comes_through_in_sync_and_whole(workers: dict[str, WorkerProcess], name: str) -> None:
    folder = workers[name].program.log.parent
    recording, reference = read(folder / f"{name}-out.ts"), read(folder / f"{name}-reference.nut")
    file = read(folder / f"{name}.mkv", pictures=False, sound=False)
    assert_copied(recording, file, least=150)
    assert_in_sync(shifts(recording, reference), least=4, unpaired=1)
    assert_continuous(recording)


def test_rtsp_takes_the_stream_whole_and_in_sync(workers: dict[str, WorkerProcess]) -> None:
    worker = workers["sending"]
    assert [change["to"] for change in worker.events("change", what="output")] == ["up"]
    folder = worker.program.log.parent
    recording, source = read(folder / "recording/x.mkv"), read(folder / "sent.flv")
    assert assert_copied(recording, source, least=300).matched == SENT_S * 30
    # Before the sender's first report no receiver knows what belongs together.
    assert_in_sync(shifts(recording, source, from_ns=REPORTED_NS), least=4)
    moved_ns = [
        seen.pts_ns - sent.pts_ns
        for seen, sent in zip(recording.of("video"), source.of("video"), strict=True)
        if seen.pts_ns >= REPORTED_NS
    ]
    assert max(moved_ns) - min(moved_ns) <= MATROSKA_NS, moved_ns


@pytest.mark.parametrize("name", SOURCES)
def test_the_first_packet_of_rtsp_is_soon_in(workers: dict[str, WorkerProcess], name: str) -> None:
    assert _first_packet_s(workers[name]) < 3.0


@pytest.mark.slow
@pytest.mark.timeout(420)
async def test_three_minutes_of_opus_stay_whole_and_in_sync(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    programme = replace(SOURCES["opus"], duration_s=LONG_S + 20)
    async with EchoProcess(tmp_path) as echo:
        await _through(tmp_path, "opus", programme, echo, played_s=LONG_S)
    recording, reference = read(tmp_path / "opus-out.ts"), read(tmp_path / "opus-reference.nut")
    file = read(tmp_path / "opus.mkv", pictures=False, sound=False)
    assert_copied(recording, file, least=30 * (LONG_S - 5))
    found = shifts(recording, reference)
    record_property("figures of three minutes of Opus", str(found))
    assert_in_sync(found, least=LONG_S - 5, unpaired=1)
    slope, error = found.slope_ms_per_minute()
    assert abs(slope) <= 3 * error + 0.05
    assert_continuous(recording)
    assert recording.sound is not None
    loud = [click for click in sound_faults.clicks(recording.sound) if click.level_dbfs > -50]
    assert not loud, loud


@pytest.mark.slow
async def test_the_first_packet_of_rtsp_is_in_within_half_a_second(tmp_path: Path) -> None:
    async with EchoProcess(tmp_path) as echo:
        worker = await _through(tmp_path, "b-frames", SOURCES["b-frames"], echo)
    assert _first_packet_s(worker) < 0.5


def _first_packet_s(worker: WorkerProcess) -> float:
    """From the port's opening, right before the connection, to the first packets."""
    [begun] = worker.log_lines(logger="media_service.worker")[:1]
    up = worker.log_lines(message="input: up")[0]
    times = [datetime.fromisoformat(line["time"]) for line in (begun, up)]
    return (times[1] - times[0]).total_seconds()
