"""The lines of docs/recipes.md that send, and the variables that it sets."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from livedub.settings.env_example import variables
from media_service.orchestrator.settings import load
from media_service.testmedia.generate import generate
from media_service.testmedia.program import Program
from media_service.testmedia.programme import Programme
from servers.ports import LOCAL, free_port
from servers.rtmp import RtmpServer
from servers.rtsp import RtspServer, record

from shown.pages import only, shown, words_of

README, RECIPES = "README.md", "docs/recipes.md"
SENT = sorted({line for page in (README, RECIPES) for line in shown(page) if line.startswith("ffmpeg ")})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talk")
    generate(folder / "talk.mp4", Programme(4, width=160, height=90, video_bit_rate=100_000))
    return folder


@contextlib.contextmanager
def taken(line: str, folder: Path) -> Iterator[list[tuple[str, str]]]:
    """Somebody takes what the line sends, where it really is; fails where not both sound and picture come."""
    with contextlib.ExitStack() as servers:
        url = line.split()[-1].strip("'")
        if url.startswith("rtsp:"):
            server = servers.enter_context(RtspServer(folder, records={"in": record(("h264", "aac"))}))
            yield [("rtsp://127.0.0.1:8554/live/match-1/in", server.url("in"))]
            assert (folder / "in.mkv").stat().st_size > 10_000
            return
        if url.startswith("srt:"):
            port = free_port(udp=True)
            there, heard, some = (
                ("127.0.0.1:9000", f"{LOCAL}:{port}"),
                f"srt://{LOCAL}:{port}?mode=listener",
                [],
            )
        else:
            rtmp = servers.enter_context(RtmpServer(folder / "nginx"))
            there, heard = ("rtmp://127.0.0.1/live/", rtmp.url("")), rtmp.url("match-1-in")
            # The server keeps whoever listens when the publisher has left.
            some = ["-t", "2"]
        # It has a file of what came, so that it takes all: who only looks would hang up on the sender.
        received = folder / "received.ts"
        quiet = ["ffmpeg", "-y", "-loglevel", "error", "-rw_timeout", "20000000"]
        taking = [*quiet, "-i", heard, *some, "-c", "copy", str(received)]
        listener = Program(taking, folder / "listener.log")
        servers.enter_context(listener)
        yield [there]
        listener.wait_for(lambda: not listener.running, "end of what came", 60)
        shown = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(received)]
        told = json.loads(subprocess.run(shown, capture_output=True, check=True, timeout=30).stdout)
        assert {stream["codec_name"] for stream in told["streams"]} == {"h264", "aac"}, listener.output()


@pytest.mark.parametrize("line", SENT, ids=lambda line: f"{line.split()[-1][:6]}-{'libx264' in line}")
def test_ffmpeg_sends_as_shown(line: str, folder: Path, tmp_path: Path) -> None:
    with taken(line, tmp_path) as places:
        done = subprocess.run(words_of(line, *places), cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


def test_there_is_a_line_for_each_kind_of_server() -> None:
    assert {line.split()[-1].strip("'").partition(":")[0] for line in SENT} == {"rtmp", "srt", "rtsp"}


def test_what_is_exported_are_settings() -> None:
    told: dict[str, str] = {}
    for line in shown(RECIPES):
        if line.startswith("export "):
            told |= dict(word.split("=", 1) for word in line.split()[1:])
    assert len(told) == 4
    assert told.keys() <= variables().keys()
    allowed = load([], {"LIVEDUB_STS_SERVICE_URL": "http://127.0.0.1:8000", **told})
    assert "rtmp://127.0.0.1" in allowed.allow_inputs
    assert "rtmp://127.0.0.1/" in only(RECIPES, "match-1-es", "input_url")
    assert Path(told["WORKER_SEGMENT_DIR"]).is_absolute()
