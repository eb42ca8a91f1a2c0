"""scripts/publish-* bring what they say to a real media server."""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.page import TREE
from media_service.testmedia.generate import generate
from media_service.testmedia.program import Program, wait_for
from media_service.testmedia.programme import Programme
from servers.ports import LOCAL, free_port
from servers.rtmp import RtmpServer

SCRIPTS = {name: TREE / f"scripts/publish-{name}" for name in ("ffmpeg", "gstreamer")}
BOTH = pytest.mark.parametrize("script", SCRIPTS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtmpServer]:
    with RtmpServer(tmp_path_factory.mktemp("nginx")) as running:
        yield running


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    programme = Programme(20, width=160, height=90, video_bit_rate=100_000)
    return generate(tmp_path_factory.mktemp("media") / "talk.mp4", programme)


def found(url: str) -> dict[str, dict[str, Any]]:
    """The streams at the URL, by kind; none where nobody is heard there."""
    command = ["ffprobe", "-v", "error", "-rw_timeout", "4000000", "-show_streams", "-of", "json", url]
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        told = json.loads(done.stdout or "{}").get("streams", [])
        return {stream["codec_type"]: stream for stream in told}
    return {}


@pytest.fixture
def publishing(tmp_path: Path) -> Iterator[Any]:
    with contextlib.ExitStack() as running:

        def start(script: str, *words: str | Path) -> Program:
            program = Program([SCRIPTS[script], *map(str, words)], tmp_path / f"{script}.log")
            return running.enter_context(program)

        yield start


@BOTH
@pytest.mark.parametrize("what", ["test", "talk"])
def test_it_is_heard_and_seen_at_the_server(
    script: str, what: str, publishing: Any, server: RtmpServer, talk: Path
) -> None:
    url = server.url(f"{script}-{what}")
    program = publishing(script, "test" if what == "test" else talk, url)
    streams: dict[str, Any] = {}

    def arrived() -> bool:
        assert program.running, program.output()[-2000:]
        streams.update(found(url))
        return streams.keys() >= {"audio", "video"}

    wait_for(arrived, "sound and picture at the server", 50)
    assert (streams["video"]["codec_name"], streams["audio"]["codec_name"]) == ("h264", "aac")
    assert streams["video"]["width"] == (640 if what == "test" else 160)
    os.kill(program.pid, signal.SIGINT)
    wait_for(lambda: not program.running, "end by Ctrl-C", 20)


@BOTH
def test_it_ends_after_the_seconds_that_are_said(script: str, publishing: Any, server: RtmpServer) -> None:
    program = publishing(script, "--seconds", "1", "test", server.url(f"{script}-short"))
    wait_for(lambda: not program.running, "end", 50)
    assert program.exit_code == 0, program.output()[-2000:]


@pytest.mark.slow
@BOTH
def test_it_is_heard_by_srt(script: str, publishing: Any, talk: Path) -> None:
    port = free_port(udp=True)
    listener = subprocess.Popen(
        ["ffprobe", "-v", "error", "-show_streams", "-of", "json", f"srt://{LOCAL}:{port}?mode=listener"],
        stdout=subprocess.PIPE,
    )
    try:
        program = publishing(script, talk, f"srt://{LOCAL}:{port}")
        told, _ = listener.communicate(timeout=40)
    finally:
        listener.kill()
    assert {stream["codec_name"] for stream in json.loads(told)["streams"]} == {"h264", "aac"}, (
        program.output()
    )


@BOTH
def test_help_tells_every_option_and_its_examples_name_the_script(script: str) -> None:
    told = subprocess.run([SCRIPTS[script], "--help"], capture_output=True, text=True, timeout=20, check=True)
    source = SCRIPTS[script].read_text("utf-8")
    options = set(re.findall(r"^    (--[a-z]+)\)", source, re.MULTILINE))
    assert options == {"--help", *re.findall(r"^  (--[a-z]+)", told.stdout, re.MULTILINE)}
    examples = told.stdout.partition("examples:\n")[2].splitlines()
    assert len(examples) == 3
    assert all(line.startswith(f"  scripts/publish-{script} ") for line in examples)


@BOTH
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "a file (or test) and a URL are needed"),
        (("test", "http://127.0.0.1/x"), "the URL begins with rtmp://, srt:// or rtsp://"),
        (("no-such-file.mp4", "rtmp://127.0.0.1/x"), "no-such-file.mp4 cannot be read"),
        (("--fast", "test", "rtmp://127.0.0.1/x"), "--fast is no option"),
        (("--seconds", "soon", "test", "rtmp://127.0.0.1/x"), "--seconds needs a number"),
    ],
)
def test_what_is_wrong_is_one_line(script: str, words: tuple[str, ...], told: str) -> None:
    done = subprocess.run([SCRIPTS[script], *words], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (2, f"publish-{script}: {told}; see --help\n")
