"""An output that takes nothing: one whose disk hangs, and one whose server is silent."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
from media_service.testmedia.programme import Programme

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


@pytest.mark.slow
async def test_an_output_is_up_only_when_its_server_has_said_so(tmp_path: Path) -> None:
    """This one accepts the connection, and not a word comes."""
    file = await asyncio.to_thread(film, tmp_path / "source.flv", Programme(**SMALL, duration_s=20))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"rtmp://127.0.0.1:{silent.getsockname()[1]}/live/x"
        async with WorkerProcess(tmp_path, input_url=file, output_url=url) as worker:
            await worker.wait_for(
                lambda: bool(worker.events("change", what="output", to="lost")), 30, "loss of the output"
            )
    assert not worker.events("change", what="output", to="up")
