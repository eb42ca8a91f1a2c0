"""What an output may do to a run: fall over and return, go for good, vanish without a word."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from media_service.testmedia.recorder import Recorder
from servers.rtmp import RtmpServer
from servers.srt import SrtPort

from live.batches import Batches
from live.echo import EchoProcess
from live.films import film
from live.measure import assert_copied, assert_in_sync, shifts, without_the_last
from live.stage import SMALL
from live.worker import WorkerProcess

GONE_S = 3.0
GIVES_UP_S = 15.0
MOST_S = 30.0
"""For what takes a few seconds on a machine that has nothing else to do."""


@dataclass(frozen=True)
class Told:
    """A story's worker, dead, and what there is to look at."""

    worker: WorkerProcess
    exit_code: int
    source: Path
    recorded: list[Path]
    took_s: float = 0.0
    states: tuple[str, ...] = ()
    """Of the output, as the status told them."""


async def _returns(folder: Path) -> Told:
    """The output's server is killed, and is back in a while."""
    file = await asyncio.to_thread(film, folder / "source.flv", Programme(**SMALL, duration_s=14))
    async with EchoProcess(folder) as echo, RtmpServer(folder / "nginx") as server:
        worker = WorkerProcess(folder, input_url=file, output_url=server.url("out"), sts_service_url=echo.url)
        before, after = (Recorder(server.url("out"), folder / name) for name in ("before", "after"))
        async with worker, before, after:
            await asyncio.to_thread(before.wait_for_bytes, 50_000, MOST_S)
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(GONE_S)
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(after.start)
            code = await worker.exit_code(60)
            await asyncio.to_thread(after.stop)
    return Told(worker, code, file, [after.file])


async def _gone(folder: Path) -> Told:
    """The output's server is killed, and stays away."""
    file = await asyncio.to_thread(film, folder / "source.flv", Programme(**SMALL, duration_s=30))
    async with (
        RtmpServer(folder / "nginx") as server,
        WorkerProcess(folder, input_url=file, output_url=server.url("secret-key")) as worker,
    ):
        await worker.wait_on_air(MOST_S)
        states = [(await worker.status())["output"]["state"]]
        await asyncio.to_thread(server.kill)
        await worker.wait_for(
            lambda: bool(worker.events("change", what="output", to="lost")), MOST_S, "loss of the output"
        )
        begun = time.monotonic()
        states.append((await worker.status())["output"]["state"])
        code = await worker.exit_code(2 * MOST_S)
    return Told(worker, code, file, [], time.monotonic() - begun, tuple(states))


async def _vanish(folder: Path) -> Told:
    """Both SRT peers die without a word, and others come."""
    programme = Programme(**{**SMALL, "video": "h265"}, duration_s=30)
    file = await asyncio.to_thread(film, folder / "source.ts", programme)
    incoming, outgoing = SrtPort(), SrtPort()
    async with EchoProcess(folder) as echo:
        worker = WorkerProcess(
            folder, input_url=incoming.listener, output_url=outgoing.listener, sts_service_url=echo.url
        )
        first = Publisher(file, incoming.caller, folder)
        second = Publisher(file, incoming.caller, folder, start_s=12.0)
        recorders = [Recorder(outgoing.caller, folder / name) for name in ("first", "second")]
        async with worker:
            try:
                await asyncio.to_thread(first.start)
                await worker.wait_for(lambda: _changes(worker, "output", "up") > 0, MOST_S, "an output")
                await asyncio.to_thread(recorders[0].start)
                await asyncio.to_thread(recorders[0].wait_for_bytes, 250_000, MOST_S)
                first.freeze()
                recorders[0].freeze()
                await worker.wait_for(
                    lambda: _changes(worker, "input", "lost") > 0, MOST_S, "loss of the source"
                )
                first.kill()
                recorders[0].kill()
                await worker.wait_for(lambda: _listens_again(worker), MOST_S, "a new listener")
                await asyncio.to_thread(second.start)
                await worker.wait_for(lambda: _changes(worker, "input", "up") > 1, MOST_S, "the source again")
                await asyncio.to_thread(recorders[1].start)
                await asyncio.to_thread(recorders[1].wait_for_bytes, 250_000, MOST_S)
            finally:
                for program in (first, second, *recorders):
                    program.kill()
            worker.terminate()
            code = await worker.exit_code(MOST_S)
    return Told(worker, code, file, [recorder.file for recorder in recorders])


STORIES: dict[str, Callable[[Path], Awaitable[Told]]] = {
    "returns": _returns,
    "gone": _gone,
    "vanish": _vanish,
}


async def play(folder: Path) -> dict[str, Told | BaseException]:
    """All stories side by side; what went wrong with one is for its own test to see."""
    folders = {name: folder / name for name in STORIES}
    for one in folders.values():
        one.mkdir()
    ends = await asyncio.gather(
        *(story(folders[name]) for name, story in STORIES.items()), return_exceptions=True
    )
    return dict(zip(STORIES, ends, strict=True))


@pytest.fixture(scope="module")
def told(batches: Batches) -> dict[str, Told | BaseException]:
    return batches.of(play)


def _of(told: dict[str, Told | BaseException], name: str) -> Told:
    found = told[name]
    if isinstance(found, BaseException):
        raise RuntimeError(f"the story {name} went wrong") from found
    return found


def test_an_output_that_returns_is_fed_from_a_keyframe_on(told: dict[str, Told | BaseException]) -> None:
    story = _of(told, "returns")
    assert story.exit_code == 0
    assert story.worker.events("change", what="output")[-1]["to"] == "up"
    assert not story.worker.events("change", what="input", to="lost")
    recording, source = read(story.recorded[0]), read(story.source)
    assert recording.of("video")[0].keyframe
    assert_copied(recording, source, least=60)
    assert_in_sync(shifts(recording, source), least=2, unpaired=1)


def test_an_output_that_is_gone_ends_the_run_with_20(told: dict[str, Told | BaseException]) -> None:
    story = _of(told, "gone")
    assert story.exit_code == 20
    assert story.took_s < GIVES_UP_S
    assert story.states == ("up", "lost")
    assert story.worker.log_lines(level="error")[-1]["exitCode"] == 20
    assert "secret-key" not in story.worker.output()


def test_srt_carries_h265_and_outlives_peers_that_vanish(told: dict[str, Told | BaseException]) -> None:
    """Neither end is told of the other's death: the worker's watchdogs see it."""
    story = _of(told, "vanish")
    assert story.exit_code == 0
    source = read(story.source)
    for file in story.recorded:
        recording = without_the_last(read(file))
        assert recording.codecs["video"] == "hevc"
        assert_copied(recording, source, least=60)
        assert_in_sync(shifts(recording, source), least=2, unpaired=1)
        assert not any(b.dts_ns <= a.dts_ns for a, b in pairwise(recording.of("video")))  # type: ignore[operator]


def _changes(worker: WorkerProcess, what: str, to: str) -> int:
    return len(worker.events("change", what=what, to=to))


def _listens_again(worker: WorkerProcess) -> bool:
    return any("connecting again" in line["message"] for line in worker.log_lines())
