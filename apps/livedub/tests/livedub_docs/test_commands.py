"""Every command of the README is run."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.page import sections
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.program import Program
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from neural.hub import hub_with
from running.command import Running, service
from servers.ports import free_port
from servers.rtmp import RtmpServer

README = Path(__file__).resolve().parents[2] / "README.md"
LINES = [line for block in sections(README)[0].blocks("sh") for line in block.lines]
LIVEDUB = ".venv/bin/livedub "
SHOWN = [line.removeprefix(LIVEDUB) for line in LINES if line.startswith(LIVEDUB)]
EXPORTS = [line.removeprefix("export ") for line in LINES if line.startswith("export ")]
HELPS = [line for line in SHOWN if line.endswith("--help")]
LOOKS = [line for line in SHOWN if line.startswith(("config show", "doctor", "engines"))]
PULLS = [line for line in SHOWN if line.startswith("models pull")]
SERVICES = [line for line in SHOWN if line.endswith("--port 8000") and not line.startswith("serve")]
DEMOS = [line for line in SHOWN if line.startswith("demo")]
SERVES = [line for line in SHOWN if line.startswith("serve")]
FILE, LIVE = (line for line in SHOWN if line.startswith("dub ") and line not in HELPS)


def run(line: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "livedub", *shlex.split(line)],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with service(tmp_path_factory.mktemp("echo")) as url:
        yield url


def test_every_command_that_is_shown_is_of_a_kind_that_is_run() -> None:
    assert len(LINES) == len(SHOWN) + len(EXPORTS)
    assert {*SHOWN} == {*HELPS, *LOOKS, *PULLS, *SERVICES, *SERVES, *DEMOS, FILE, LIVE}
    assert len(SERVICES) == 2


@pytest.mark.parametrize("line", HELPS)
def test_help_is_shown(line: str, tmp_path: Path) -> None:
    assert "usage: livedub" in run(line, tmp_path).stdout


@pytest.mark.parametrize("line", LOOKS)
def test_what_looks_at_this_machine_answers(line: str, tmp_path: Path) -> None:
    told = run(line, tmp_path).stdout
    assert told
    if line.endswith("--json"):
        assert json.loads(told)


def test_models_are_pulled_as_shown(tmp_path: Path) -> None:
    model = tmp_path / "usb/small"
    model.mkdir(parents=True)
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (model / name).write_text(name)
    with hub_with("Systran/faster-whisper-small", model) as (address, _):
        hub = {"HF_HOME": str(tmp_path / "cache"), "HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0"}
        for line in PULLS:
            assert "small is in " in run(line, tmp_path, **hub).stdout
    assert (tmp_path / "models/small/model.bin").is_file()


@pytest.mark.parametrize("line", SERVICES)
def test_a_service_listens_as_shown(line: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "livedub", *shlex.split(line.replace("8000", "0"))]
    with Program(command, tmp_path / "service.log") as program:
        program.wait_for(lambda: "listening on http://127.0.0.1:" in program.output(), "address", 100)
        assert program.stop(60) == 0


@pytest.mark.parametrize("line", SERVES)
def test_the_control_room_is_served_as_shown(line: str, tmp_path: Path) -> None:
    with Running(tmp_path, *shlex.split(line), env={"LIVEDUB_PORT": "0"}) as command:
        command.wait_for(lambda: "control room: http://127.0.0.1:" in command.err.read_text(), "page")
        command.signal(signal.SIGINT)
        assert command.ended() == 0
        command.wait_until_nothing_is_left()


@pytest.mark.slow
@pytest.mark.parametrize("line", DEMOS)
def test_the_demo_goes_on_air_as_shown(line: str, tmp_path: Path) -> None:
    """That it passes its checks is tested in `demo_live`."""
    here = {"LIVEDUB_PORT": "0", "LIVEDUB_RTMP_PORT": str(free_port())}
    with Running(tmp_path, *shlex.split(line), env=here) as command:
        command.wait_for(lambda: "on air after" in command.err.read_text(), "programme")
        command.signal(signal.SIGINT)
        assert command.ended() == (1 if "--headless" in line else 0)
        command.wait_until_nothing_is_left()


def test_a_file_is_dubbed_as_shown(echo: str, tmp_path: Path) -> None:
    """By the echo service: that the engines dub it is tested in `running`."""
    generate(tmp_path / "talk.mp4", Programme(4, width=160, height=90))
    told = run(FILE, tmp_path, LIVEDUB_STS=echo).stderr
    assert len(read(tmp_path / "talk-es.mp4").of("video")) == 120
    for name in ("talk-es.mp4", "talk-es.vtt", "talk.json"):
        assert (tmp_path / name).is_file()
        assert name in told


@pytest.mark.slow
def test_a_live_stream_is_dubbed_as_shown(echo: str, tmp_path: Path) -> None:
    source = generate(tmp_path / "in.flv", Programme(60, width=160, height=90, video_bit_rate=100_000))
    variables = dict(export.split("=", 1) for export in EXPORTS)
    with RtmpServer(tmp_path / "nginx") as server, Publisher(source, server.url("in"), tmp_path):
        here = ("rtmp://127.0.0.1/live/", server.url(""))
        told = {name: value.replace(*here) for name, value in variables.items()}
        words = shlex.split(LIVE.replace(*here))
        with Running(tmp_path, *words, env={**told, "LIVEDUB_STS": echo}) as command:
            command.wait_for(lambda: "output: up" in command.err.read_text(), "output")
            command.wait_for(lambda: "state: dubbing" in command.err.read_text(), "dubbing")
            assert not any(re.search(r"live/(in|out)", line) for line in command.command_lines())
            command.signal(signal.SIGINT)
            assert command.ended() == 0
            command.wait_until_nothing_is_left()
    assert "/live/***" in command.err.read_text()
