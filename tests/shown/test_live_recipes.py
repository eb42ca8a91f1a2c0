"""The lines of docs/recipes.md that dub live, through the echo service."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from media_service.testmedia.generate import generate
from media_service.testmedia.program import Program
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from running.command import Running, service
from servers.ports import LOCAL, free_port
from servers.rtmp import RtmpServer

from shown.pages import only, words_of

pytestmark = pytest.mark.slow
RECIPES = "docs/recipes.md"
QUICK = {"LIVEDUB_FRAGMENT_S": "1", "LIVEDUB_BUDGET_MS": "1000", "LIVEDUB_CUT": "fixed"}
PROGRAMME = Programme(60, width=160, height=90, video_bit_rate=100_000)


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with service(tmp_path_factory.mktemp("echo")) as url:
        yield url


def end(command: Running) -> None:
    command.signal(signal.SIGINT)
    assert command.ended() == 0
    command.wait_until_nothing_is_left()


def test_rtmp_becomes_hls_as_shown(echo: str, tmp_path: Path) -> None:
    source = generate(tmp_path / "in.flv", PROGRAMME)
    with RtmpServer(tmp_path / "nginx") as server, Publisher(source, server.url("match-1-in"), tmp_path):
        words = words_of(only(RECIPES, "livedub dub rtmp:"), ("rtmp://127.0.0.1/live/", server.url("")))[1:]
        with Running(tmp_path, *words, env={"LIVEDUB_STS": echo, **QUICK}) as command:
            command.wait_for(lambda: any((tmp_path / "hls-out").glob("*.m3u8")), "HLS")
            end(command)


def test_srt_goes_in_and_out_as_shown(echo: str, tmp_path: Path) -> None:
    source = generate(tmp_path / "in.ts", PROGRAMME)
    into, out = free_port(udp=True), free_port(udp=True)
    there = [("127.0.0.1:9000", f"{LOCAL}:{into}"), ("127.0.0.1:9001", f"{LOCAL}:{out}")]
    words = words_of(only(RECIPES, "livedub dub 'srt:"), *there)[1:]
    received = tmp_path / "received.ts"
    taking = [
        "ffmpeg",
        "-y",
        "-loglevel",
        "error",
        "-i",
        f"srt://{LOCAL}:{out}?mode=listener",
        "-c",
        "copy",
        str(received),
    ]
    with (
        Program(taking, tmp_path / "taking.log"),
        Running(tmp_path, *words, env={"LIVEDUB_STS": echo, **QUICK}) as command,
        Publisher(source, f"srt://{LOCAL}:{into}?mode=caller", tmp_path) as caller,
    ):

        def arrived() -> bool:
            # A caller that finds nobody gives up, and the worker listens only in a while.
            if not caller.running:
                caller.start()
            return received.exists() and received.stat().st_size > 100_000

        command.wait_for(arrived, "sound and picture by SRT")
        end(command)
