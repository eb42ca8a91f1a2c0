"""What a source may do to a run: drop and return, jump, change, lack a track. The output stays connected."""

import asyncio
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from media_service.testmedia.programme import Programme
from servers.rtmp import RtmpServer

from live.batches import Batches
from live.echo import EchoProcess
from live.films import film
from live.measure import assert_continuous, assert_copied, assert_in_sync, seconds_seen, shifts
from live.stage import SMALL, Act, Scene, Take, rtmp_scene, together

HOUR_S = 3600.0
GONE_S = {"gone1": 1.0, "gone5": 5.0, "gone20": 20.0}


def _back_after(gone_s: float, first: Path, second: Path) -> Act:
    """Killed in the midst of the programme, and another begun so long after."""

    async def act(scene: Scene) -> None:
        publisher = await scene.publish(first)
        await scene.worker.wait_on_air()
        await asyncio.to_thread(publisher.kill)
        await asyncio.sleep(gone_s)
        again = await scene.publish(second)
        await scene.worker.wait_for(lambda: _ups(scene) >= 2, 15, "the source again")
        await scene.played(again, 60, losses=2)

    return act


def _ups(scene: Scene) -> int:
    return len(scene.worker.events("change", what="input", to="up"))


async def _run(folder: Path, gone: tuple[str, ...], second_s: float) -> dict[str, Take]:
    async with EchoProcess(folder) as echo, RtmpServer(folder / "nginx") as server:
        scene = partial(rtmp_scene, folder, server, sts_service_url=echo.url)
        programmes: dict[str, dict[str, Any]] = {
            "forward": {"duration_s": 8, "jump_at_s": 4.0, "jump_s": HOUR_S},
            "back": {"duration_s": 8, "jump_at_s": 4.0, "jump_s": -HOUR_S, "first_pts_s": 2 * HOUR_S},
            "resized": {"duration_s": 8, "resize_at_s": 4.0},
            "silent": {"duration_s": 11, "audio_hole_s": (3.4, 8.4)},
            "blind": {"duration_s": 9, "video_hole_s": (3.0, 6.0)},
            "late": {"duration_s": 6, "first_pts_s": 40_000.0},
        }
        first = await asyncio.to_thread(film, folder / "first.flv", Programme(**SMALL, duration_s=30))
        other = Programme(**SMALL, duration_s=second_s, first_pts_s=100)
        second = await asyncio.to_thread(film, folder / "second.flv", other)
        scenes = {name: scene(name, programme, output=".ts") for name, programme in programmes.items()}
        dropped = {
            name: scene(name, {"duration_s": 1}, _back_after(GONE_S[name], first, second)) for name in gone
        }
        return await together(**scenes, **dropped)


async def play(folder: Path) -> dict[str, Take]:
    return await _run(folder, ("gone1",), 7)


@pytest.fixture(scope="module")
def takes(batches: Batches) -> dict[str, Take]:
    return batches.of(play)


@pytest.fixture(scope="module")
def long_takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Take]:
    return asyncio.run(_run(tmp_path_factory.mktemp("source"), ("gone5", "gone20"), 60))


@pytest.mark.parametrize("name", ["forward", "back"])
def test_a_jump_of_the_source_s_clock_is_not_seen(takes: dict[str, Take], name: str) -> None:
    take = takes[name]
    assert_copied(take.recording, take.source, least=230)
    assert_in_sync(shifts(take.recording, take.source), least=6)
    assert_continuous(take.recording)


def test_a_source_may_change_its_resolution(takes: dict[str, Take]) -> None:
    take = takes["resized"]
    assert_copied(take.recording, take.source, least=230)
    assert_in_sync(shifts(take.recording, take.source), least=6)
    assert take.recording.frames is not None
    assert {frame.size for frame in take.recording.frames} == {(320, 180), (480, 270)}


def test_missing_sound_is_silence_and_sync_is_kept(takes: dict[str, Take]) -> None:
    take = takes["silent"]
    assert_copied(take.recording, take.source, least=320)
    found = shifts(take.recording, take.source)
    assert_in_sync(found, least=4, unpaired=5)
    assert {9, 10} <= set(seconds_seen(take.recording))
    assert_continuous(take.recording, silent_ms=[5000])


def test_a_missing_picture_holds_no_sound_up(takes: dict[str, Take]) -> None:
    take = takes["blind"]
    assert_copied(take.recording, take.source, least=170)
    assert_in_sync(shifts(take.recording, take.source), least=4)
    assert_continuous(take.recording)


def test_a_first_stamp_may_be_large(takes: dict[str, Take]) -> None:
    take = takes["late"]
    assert_copied(take.recording, take.source, least=170)
    assert_in_sync(shifts(take.recording, take.source), least=4)


@pytest.mark.parametrize("name", ["forward", "back", "resized", "silent", "blind", "late", "gone1"])
def test_the_output_stays_connected(takes: dict[str, Take], name: str) -> None:
    _assert_stayed(takes[name])


def test_a_source_that_drops_for_a_second_comes_back_in_sync(takes: dict[str, Take]) -> None:
    _assert_back(takes["gone1"], 1.0, least=7)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", ["gone5", "gone20"])
def test_a_source_that_drops_for_long_comes_back_in_sync(long_takes: dict[str, Take], name: str) -> None:
    take = long_takes[name]
    _assert_stayed(take)
    _assert_back(take, GONE_S[name], least=55)
    slope, error = shifts(take.recording, *take.sources, from_ns=int(35e9)).slope_ms_per_minute()
    assert abs(slope) <= 3 * error + 0.05


def _assert_stayed(take: Take) -> None:
    assert take.exit_code == 0
    assert not take.worker.events("change", what="output", to="lost")
    assert len(take.worker.events("change", what="output", to="up")) == 1
    assert take.metrics.get('worker_reconnects_total{side="output"}', 0) == 0


def _assert_back(take: Take, gone_s: float, *, least: int) -> None:
    assert take.metrics['worker_reconnects_total{side="input"}'] == 1
    assert_in_sync(shifts(take.recording, *take.sources), least=least, unpaired=1)
    seen = seconds_seen(take.recording)
    assert seen[-1] in (5, 6, 7, 58, 59), "the second programme is there to its end"
    heard = take.recording.sound
    assert heard is not None
    # The gap in the picture is the time that passed: the source's absence, and the waits between attempts.
    pts = sorted(frame.pts_ns for frame in take.recording.frames or [])
    gap_s = max(b - a for a, b in pairwise(pts)) / 1e9
    assert gone_s - 0.5 <= gap_s <= gone_s + 7
