"""An output that takes nothing: one whose disk hangs, and one whose server is silent."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
from media_service.testmedia.programme import Programme
from servers.srt import SrtPort

from live.films import film
from live.stage import SMALL
from live.worker import WorkerProcess

UNCHECKED = "from media_service.config import checks; checks.problem_writing_file = lambda path: None"
"""Nobody looks whether the file to be written is a pipe: a pipe is a disk that hangs."""


@pytest.mark.slow
async def test_a_write_that_hangs_ends_the_run_with_20_and_the_process_with_it(tmp_path: Path) -> None:
    file = await asyncio.to_thread(film, tmp_path / "source.flv", Programme(**SMALL, duration_s=40))
    pipe = tmp_path / "out.ts"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    worker = WorkerProcess(tmp_path, input_url=file, output_url=pipe, realtime=False)
    worker.prepare(UNCHECKED)
    try:
        async with worker:
            assert await worker.exit_code(40) == 20
    finally:
        os.close(reader)
    assert "takes nothing any more" in worker.log_lines(level="error")[-1]["message"]
    assert len(worker.events("change", what="output", to="up")) == 1


async def _seen(folder: Path, kind: str, url: str) -> set[str]:
    """The states of the output until it is lost for the first time."""
    file = await asyncio.to_thread(film, folder / f"{kind}.flv", Programme(**SMALL, duration_s=20))
    states: set[str] = set()
    async with WorkerProcess(folder, name=kind, input_url=file, output_url=url) as worker:

        async def lost() -> bool:
            states.add((await worker.status())["output"]["state"])
            return bool(worker.events("change", what="output", to="lost"))

        await worker.wait_for(lost, 60, f"loss of the output by {kind}")
    assert not worker.events("change", what="output", to="up")
    return states


@pytest.mark.slow
async def test_an_output_is_up_only_when_its_server_has_said_so(tmp_path: Path) -> None:
    """These accept the connection, or not even that, and not a word comes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}/live/x"
        urls = {"rtmp": f"rtmp://{place}", "rtsp": f"rtsp://{place}", "srt": SrtPort().caller}
        seen = await asyncio.gather(*(_seen(tmp_path, kind, url) for kind, url in urls.items()))
    assert dict(zip(urls, seen, strict=True)) == {kind: {"connecting"} for kind in urls}
