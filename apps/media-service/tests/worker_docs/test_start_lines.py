"""Every start line brings a stream from its input to its output."""

import asyncio
import contextlib
import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from live.echo import EchoProcess
from media_service.testmedia.generate import generate
from media_service.testmedia.program import Program, wait_for
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from servers.ports import LOCAL, free_port
from servers.rtmp import RtmpServer
from servers.rtsp import RtspServer, play

from worker_docs.shown import command, environment, start_lines

Media = Callable[[str], Path]
"""By suffix."""

ECHO = "http://127.0.0.1:8000"
QUICK = {"WORKER_SEGMENT_DURATION": "1", "WORKER_AV_OFFSET_MS": "1000"}
LIVE = [start_lines("Run")[0], *start_lines("Sources and outputs")]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """A programme, in the container that is asked for."""
    folder = tmp_path_factory.mktemp("media")
    programme = Programme(45, width=160, height=90, fps=Programme.fps / 2, video_bit_rate=100_000)

    def file(suffix: str) -> Path:
        path = folder / f"in{suffix}"
        return path if path.exists() else generate(path, programme)

    return file


def test_there_is_a_start_line_for_each_kind_of_source() -> None:
    shown = [line.split("--input-url ")[1].lstrip("'").split(":")[0] for line in LIVE]
    assert shown == ["rtmp", "rtmp", "rtsp", "srt", "http"]


@contextlib.asynccontextmanager
async def source(line: str, media: Media, folder: Path) -> AsyncIterator[list[tuple[str, str]]]:
    """What the line reads from, sending; and where that and the RTMP output really are."""
    with contextlib.ExitStack() as servers:
        rtmp = servers.enter_context(RtmpServer(folder / "nginx"))
        places = [
            ("rtmp://127.0.0.1/live/", rtmp.url("")),
            ("rtmp://127.0.0.1:1935/live/", rtmp.url("")),
        ]
        if "--input-url rtsp" in line:
            server = servers.enter_context(RtspServer(folder / "rtsp", plays={"in": play(media(".mkv"))}))
            places.append(("rtsp://127.0.0.1:8554/in", server.url("in")))
        elif "--input-url http" in line:
            servers.enter_context(Publisher(media(".flv"), rtmp.hls_in("in"), folder))
            playlist = folder / "nginx/hls/in.m3u8"
            await asyncio.to_thread(wait_for, lambda: playlist.exists(), "playlist", 60)
            places.append(("http://127.0.0.1:8888/in.m3u8", rtmp.hls_url("in")))
        elif "srt:" in line:
            port = free_port(udp=True)
            places.append(("srt://127.0.0.1:9000", f"srt://{LOCAL}:{port}"))
            sender = Publisher(media(".ts"), f"srt://{LOCAL}:{port}?mode=caller", folder)
            # A caller that finds nobody gives up, and the worker listens only in a while.
            calling = asyncio.create_task(_call(sender))
            servers.callback(sender.kill)
            servers.callback(calling.cancel)
        else:
            servers.enter_context(Publisher(media(".flv"), rtmp.url("in"), folder))
        yield places


async def _call(sender: Publisher) -> None:
    while True:
        if not sender.running:
            await asyncio.to_thread(sender.start)
        await asyncio.sleep(1)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            line, id=f"{number}-{line.split('--input-url ')[1][:5]}", marks=[pytest.mark.slow][: number > 0]
        )
        for number, line in enumerate(LIVE)
    ],
)
async def test_a_live_start_line_brings_the_stream_to_its_output(
    line: str, media: Media, tmp_path: Path
) -> None:
    async with EchoProcess(tmp_path / "echo") as echo, source(line, media, tmp_path) as places:
        shared = {name: text.replace(ECHO, echo.url) for name, text in environment().items()}
        worker = Program(
            ["env", "-C", str(tmp_path), *command(line, (ECHO, echo.url), *places)],
            tmp_path / "worker.log",
            env={**shared, **QUICK},
        )
        async with worker:
            await asyncio.to_thread(wait_for, lambda: _on_air(worker), "media at the output", 90)
            os.kill(worker.pid, signal.SIGTERM)
            await asyncio.to_thread(wait_for, lambda: not worker.running, "end", 60)
            assert worker.exit_code == 0, worker.output()[-2000:]
        if "hls-out/" in line:
            assert list((tmp_path / "hls-out").glob("*.m3u8"))
        if "match-1.ts" in line:
            assert (tmp_path / "match-1.ts").stat().st_size


def _on_air(worker: Program) -> bool:
    """Ready. RuntimeError where it has ended."""
    if not worker.running:
        raise RuntimeError(worker.output()[-3000:])
    ports = [told.split()[1] for told in worker.output().splitlines() if told.startswith("port ")]
    if not ports:
        return False
    try:
        with urllib.request.urlopen(f"http://{LOCAL}:{ports[0]}/ready", timeout=5) as ready:
            assert json.load(ready)["ready"]
    except (urllib.error.URLError, ConnectionError):
        return False
    return True
