"""The first steps of the README and of docs/getting-started.md, and the preparation of a deployment."""

import contextlib
import os
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from docs.page import TREE
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.program import Program
from media_service.testmedia.programme import Programme
from running.command import Running, service
from servers.ports import LOCAL, free_port

from shown.pages import only, run, shown, words_of

README, STEPS, DEPLOY = "README.md", "docs/getting-started.md", "deploy/README.md"
QUICK = {"LIVEDUB_FRAGMENT_S": "1", "LIVEDUB_BUDGET_MS": "1000", "LIVEDUB_CUT": "fixed"}


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """It takes the engines' place: that they dub is tested elsewhere."""
    with service(tmp_path_factory.mktemp("echo")) as url:
        yield url


def test_the_demo_is_started_as_shown(tmp_path: Path) -> None:
    """By what make would run; that it plays is tested with the command."""
    lines = [line for page in (README, STEPS) for line in shown(page) if line.startswith("make demo")]
    assert lines == ["make demo", "make demo", "make demo HEADLESS=1"]
    for line in lines:
        told = run(f"{line} --dry-run --no-print-directory -C {TREE}", tmp_path).stdout
        headless = "HEADLESS" in line
        assert told.splitlines()[-1].split() == [".venv/bin/livedub", "demo", *["--headless"][:headless]]


@pytest.mark.slow
def test_the_first_line_dubs_a_file(echo: str, tmp_path: Path) -> None:
    generate(tmp_path / "talk.mp4", Programme(3, width=160, height=90))
    run(only(README, "livedub dub talk.mp4"), tmp_path, LIVEDUB_STS=echo)
    assert len(read(tmp_path / "talk-es.mp4").of("video")) == 90


def test_a_talk_is_made_and_dubbed_as_shown(echo: str, tmp_path: Path) -> None:
    run(only(STEPS, "ffmpeg -y"), tmp_path)
    run(only(STEPS, "livedub dub talk.mp4"), tmp_path, LIVEDUB_STS=echo)
    talk, dubbed = (read(tmp_path / name) for name in ("talk.mp4", "talk-es.mp4"))
    assert len(dubbed.of("video")) == len(talk.of("video")) > 100
    assert (tmp_path / "talk-es.vtt").read_text().startswith("WEBVTT")


@pytest.mark.slow
def test_an_encoder_calls_and_hls_is_written_as_shown(echo: str, tmp_path: Path) -> None:
    generate(tmp_path / "talk.mp4", Programme(20, width=160, height=90, video_bit_rate=100_000))
    there = ("127.0.0.1:9000", f"{LOCAL}:{free_port(udp=True)}")
    dubbing = words_of(only(STEPS, "livedub dub 'srt:"), there)[1:]
    calling = words_of(only(STEPS, "publish-ffmpeg talk.mp4"), there)
    with Running(tmp_path, *dubbing, env={"LIVEDUB_STS": echo, **QUICK}) as command:
        command.wait_for_worker()
        # A caller that finds nobody gives up, and the worker listens only in a while.
        with contextlib.ExitStack() as callers:
            caller = callers.enter_context(
                Program(["env", "-C", str(tmp_path), *calling], tmp_path / "caller.log")
            )

            def written() -> bool:
                if not caller.running:
                    caller.start()
                return any((tmp_path / "hls-out").glob("*.m3u8"))

            command.wait_for(written, "HLS")
            command.signal(signal.SIGINT)
            assert command.ended() == 0
        command.wait_until_nothing_is_left()


def test_the_control_room_answers_as_shown(echo: str, tmp_path: Path) -> None:
    lines = {line for page in (README, STEPS) for line in shown(page) if line.endswith("livedub serve")}
    (line,) = lines
    port = free_port()
    environ = {"LIVEDUB_STS": echo, "LIVEDUB_PORT": str(port), "LIVEDUB_STATE_DIR": str(tmp_path / "state")}
    with Running(tmp_path, *words_of(line)[1:], env=environ) as command:
        command.wait_for(lambda: f"http://127.0.0.1:{port}" in command.err.read_text(), "address")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
            assert "livedub" in page.read().decode()
        command.signal(signal.SIGINT)
        assert command.ended() == 0
        command.wait_until_nothing_is_left()


def test_the_environment_is_prepared_as_shown(tmp_path: Path) -> None:
    shutil.copy(TREE / ".env.example", tmp_path)
    (tmp_path / "deploy").mkdir()
    values = set()
    for line in shown(DEPLOY):
        if line.startswith(("cp ", "chmod ")):
            run(line, tmp_path)
        elif line.startswith("python3 "):
            values = {run(line, tmp_path).stdout.strip() for _ in range(2)}
    made = tmp_path / "deploy/.env"
    assert made.stat().st_mode & 0o777 == 0o600
    assert made.read_text() == (TREE / ".env.example").read_text()
    assert len(values) == 2
    assert all(len(value) > 40 for value in values)
    assert os.access(TREE / "deploy/mediamtx-hook", os.X_OK)


def test_the_pictures_that_are_shown_are_pictures() -> None:
    picture = TREE / "docs/images/control-room.png"
    assert f"]({picture.relative_to(TREE)})" in (TREE / README).read_text("utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")
