"""The commands beside the start lines of live streams: files, test media, the port, the log."""

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from live.worker import WorkerProcess
from media_service.config import load
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme

from worker_docs.shown import command, everything, lines, start_lines

SHOWN = lines(everything())
CURL = [line for line in SHOWN if line.startswith("curl ")]
GREP = [line for line in SHOWN if line.startswith("grep ")]
TESTMEDIA = [line for line in SHOWN if "media_service.testmedia" in line]
HELP = [line for line in SHOWN if line.endswith("--help")]
FILES = [line for line in SHOWN if "--realtime=false" in line]
LIVE = [start_lines("Run")[0], *start_lines("Sources and outputs")]
SUCCEEDS = start_lines("Replacing a worker on air")


def run(line: str, folder: Path, *replaced: tuple[str, str]) -> str:
    done = subprocess.run(
        command(line, *replaced), cwd=folder, capture_output=True, text=True, timeout=120, env=os.environ
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_every_command_that_is_shown_is_of_a_kind_that_is_run() -> None:
    exports = [line for line in SHOWN if line.startswith("export ")]
    assert set(SHOWN) == {*CURL, *GREP, *TESTMEDIA, *HELP, *FILES, *LIVE, *SUCCEEDS, *exports}


def test_the_start_line_of_a_successor_is_right() -> None:
    """It runs, with another, in `live`."""
    (line,) = SUCCEEDS
    settings = load(command(line, ("$PORT", "40123"))[3:], {})
    assert settings.succeeds == "http://127.0.0.1:40123"


@pytest.mark.parametrize("line", HELP)
def test_help_is_shown(line: str, tmp_path: Path) -> None:
    assert "usage:" in run(line, tmp_path)


def test_the_file_of_the_second_start_line_goes_through(tmp_path: Path) -> None:
    generate(tmp_path / "talk.mp4", Programme(3, width=160, height=90))
    run(FILES[0], tmp_path)
    assert (tmp_path / "talk-out.mp4").stat().st_size


def test_test_media_are_generated_sent_through_the_worker_and_measured(tmp_path: Path) -> None:
    (start,) = FILES[1:]
    generating, analysing, _ = TESTMEDIA
    run(generating, tmp_path)
    run(start, tmp_path)
    told = run(analysing, tmp_path)
    assert "video" in told
    measured = json.loads(run(f"{analysing} --json", tmp_path))
    copied = measured["copied"]
    assert copied["matched"] == measured["packets"]["video"] == 300
    assert (copied["lost"], copied["changed"]) == ([], 0)


async def test_the_port_answers_what_is_shown_and_the_log_tells_the_states(tmp_path: Path) -> None:
    source = generate(tmp_path / "in.flv", Programme(20, width=160, height=90, video_bit_rate=100_000))
    async with WorkerProcess(tmp_path, input_url=source, output_url=tmp_path / "out.flv") as worker:
        await worker.wait_on_air()
        port = ("$PORT", str(worker.port))
        answers = [await asyncio.to_thread(run, line, tmp_path, port) for line in CURL[:-1]]
        assert [json.loads(answer).get("mode") for answer in answers[:3]] == ["original", "dub", "dub"]
        assert json.loads(answers[3]) == {"ready": True}
        assert "worker_mode" in answers[4]
        assert await listened(CURL[-1], port) >= {"event: change"}
        (line,) = GREP
        states = await asyncio.to_thread(run, line, tmp_path)
        assert '"input: up"' in states
        assert '"output: up"' in states
        os.kill(worker.pid, signal.SIGUSR1)
        await worker.wait_for(lambda: "in run_worker" in worker.output(), 10, "where it stands")
        assert (await worker.status())["input"]["state"] == "up", "and it goes on"


async def listened(line: str, port: tuple[str, str]) -> set[str]:
    """What is heard within a second; then it is ended, as by Ctrl-C."""
    listener = await asyncio.create_subprocess_exec(
        *command(line, port), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    await asyncio.sleep(1)
    listener.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        heard, _ = await listener.communicate()
    return set(heard.decode().splitlines())
