"""What previews do when the source comes anew, and when the output is gone for a while."""

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from live.echo import EchoProcess
from live.films import film
from live.worker import WorkerProcess
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from servers.ports import listens
from servers.rtmp import RtmpServer

from previews.conftest import SMALL, listed, played
from previews.found import Part, Preview, taken

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
AWAY_S = 6.0


@dataclass(frozen=True, eq=False)
class Story:
    input: Preview
    output: Preview
    players: dict[str, str]
    during: tuple[int, int]
    """Segments of input and output that came while one end was away."""


async def _told(folder: Path, worker: WorkerProcess, place: Path, during: tuple[int, int]) -> Story:
    came, went = (taken(place / side, folder / f"taken-{side}") for side in ("input", "output"))
    sides = {"input": came, "output": went}
    players = {name: await asyncio.to_thread(played, side) for name, side in sides.items()}
    worker.terminate()
    await worker.exit_code(60)
    return Story(came, went, players, during)


def _counts(place: Path) -> tuple[int, int]:
    return listed(place / "input"), listed(place / "output")


async def _source_returns(folder: Path) -> Story:
    first, second = (
        Programme(**{**SMALL, "duration_s": 25.0, **changes})
        for changes in ({}, {"first_pts_s": 7000.0, "width": 480, "height": 270, "rate_hz": 44_100})
    )
    films = [
        await asyncio.to_thread(film, folder / f"{number}.flv", one)
        for number, one in enumerate((first, second))
    ]
    place = folder / "preview"
    async with EchoProcess(folder) as echo, RtmpServer(folder / "nginx") as server:
        settings: dict[str, Any] = {"input_url": server.url("in"), "output_url": folder / "out.ts"}
        publishers = [Publisher(one, server.url("in"), folder) for one in films]
        try:
            async with WorkerProcess(
                folder, sts_service_url=echo.url, preview_dir=place, **settings
            ) as worker:
                await asyncio.to_thread(publishers[0].start)
                await worker.wait_for(lambda: listed(place / "input") >= 4, 60, "segments")
                await asyncio.to_thread(publishers[0].kill)
                before = _counts(place)
                await asyncio.sleep(AWAY_S)
                during = _counts(place)
                await asyncio.to_thread(publishers[1].start)
                wanted = during[0] + 4
                await worker.wait_for(lambda: listed(place / "input") >= wanted, 60, "the source again")
                return await _told(folder, worker, place, (during[0] - before[0], during[1] - before[1]))
        finally:
            for one in publishers:
                await asyncio.to_thread(one.kill)


async def _output_returns(folder: Path) -> Story:
    source = await asyncio.to_thread(film, folder / "in.flv", Programme(**{**SMALL, "duration_s": 45.0}))
    place = folder / "preview"
    async with (
        RtmpServer(folder / "nginx") as server,
        WorkerProcess(folder, input_url=source, output_url=server.url("out"), preview_dir=place) as worker,
    ):
        await worker.wait_for(lambda: listed(place / "output") >= 3, 60, "segments")
        await asyncio.to_thread(server.kill)
        await worker.wait_for(lambda: bool(worker.events("change", what="output", to="lost")), 30, "loss")
        await asyncio.sleep(1.0)
        before = _counts(place)
        await asyncio.sleep(AWAY_S)
        during = _counts(place)
        await asyncio.to_thread(server.start)
        await worker.wait_for(lambda: listens(server.port), 30, "server")
        wanted = during[1] + 3
        await worker.wait_for(lambda: listed(place / "output") >= wanted, 60, "the output again")
        return await _told(folder, worker, place, (during[0] - before[0], during[1] - before[1]))


def _breaks(parts: list[Part]) -> list[float]:
    """Seconds that are missing before each discontinuity but the first."""
    return [
        (after.wall_ns - before.wall_ns - before.duration_ns) / 1e9
        for before, after in pairwise(parts)
        if after.discontinuity
    ]


def _assert_dated_alike(story: Story) -> None:
    came, went = story.input.shown_ns(), story.output.shown_ns()
    both = came.keys() & went.keys()
    assert len(both) > 60
    assert max(abs(went[number] - came[number]) for number in both) < 40e6


async def test_a_source_that_returns_is_a_discontinuity_and_time_has_passed(tmp_path: Path) -> None:
    story = await _source_returns(tmp_path)
    breaks = _breaks(story.input.playlist.parts)
    assert len(breaks) == 1
    assert AWAY_S - 1 < breaks[0] < AWAY_S + 12
    assert story.during[0] <= 1, "what had come is put into a last segment"
    for side in (story.input, story.output):
        assert not any(media.undecodable for media in side.media)
        assert {frame.size for media in side.media for frame in media.frames or []} <= {
            (320, 180),
            (480, 270),
        }
    assert {frame.size for frame in story.input.media[-1].frames or []} == {(480, 270)}


async def test_the_preview_of_the_input_goes_on_while_the_output_is_down(tmp_path: Path) -> None:
    story = await _output_returns(tmp_path)
    assert story.during[0] >= AWAY_S // 2 - 1
    assert story.during[1] <= 1
    assert _breaks(story.input.playlist.parts) == []
    breaks = _breaks(story.output.playlist.parts)
    assert len(breaks) == 1
    assert breaks[0] > AWAY_S - 2
    _assert_dated_alike(story)
    assert story.players["input"] == ""
