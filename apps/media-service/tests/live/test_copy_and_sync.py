"""Through a live run with the echo service: the picture untouched, the sound in sync and without a gap."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from media_service.testmedia import sound_faults
from servers.rtmp import RtmpServer

from live.echo import EchoProcess
from live.measure import assert_continuous, assert_copied, assert_in_sync, shifts
from live.stage import Take
from live.together import SHORT_S, Played, untouched

LONG_S = 180
INPUTS = ("aac48", "aac44")


async def _run(folder: Path, length_s: float) -> dict[str, Take]:
    async with EchoProcess(folder) as echo, RtmpServer(folder / "nginx") as server:
        return await untouched(folder, server, echo, length_s)


@pytest.fixture(
    scope="module",
    params=[SHORT_S, pytest.param(LONG_S, marks=[pytest.mark.slow, pytest.mark.timeout(420)])],
)
def takes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Take]:
    if request.param == SHORT_S:
        played: Played = request.getfixturevalue("played")
        return played.untouched
    return asyncio.run(_run(tmp_path_factory.mktemp("live"), request.param))


def _seconds(take: Take) -> int:
    return len(take.source.of("video")) // 30


@pytest.mark.parametrize("name", INPUTS)
def test_every_access_unit_leaves_unchanged_in_order_and_once(takes: dict[str, Take], name: str) -> None:
    take = takes[name]
    assert_copied(take.recording, take.source, least=30 * (_seconds(take) - 2))


@pytest.mark.parametrize("name", INPUTS)
def test_sound_and_picture_keep_the_offset_that_they_came_with(
    takes: dict[str, Take], name: str, record_property: Callable[[str, object], None]
) -> None:
    take = takes[name]
    found = shifts(take.recording, take.source)
    record_property(f"figures of {_seconds(take)} s of {name}", str(found))
    assert_in_sync(found, least=_seconds(take) - 3)
    slope, error = found.slope_ms_per_minute()
    if _seconds(take) > 60:
        assert abs(slope) <= 3 * error + 0.05


@pytest.mark.parametrize("name", INPUTS)
def test_the_sound_has_no_gap_and_no_click(takes: dict[str, Take], name: str) -> None:
    take = takes[name]
    assert_continuous(take.recording)
    heard = take.recording.sound
    assert heard is not None
    loud = [click for click in sound_faults.clicks(heard) if click.level_dbfs > -50]
    assert not loud, loud


@pytest.mark.parametrize("name", INPUTS)
def test_the_dub_is_heard(takes: dict[str, Take], name: str) -> None:
    slots = takes[name].worker.events("slot")
    dubbed = [slot for slot in slots if slot["outcome"] == "dubbed"]
    assert len(dubbed) >= _seconds(takes[name]) // 2 - 2, slots


@pytest.mark.parametrize("name", INPUTS)
def test_the_output_is_late_by_the_delay(takes: dict[str, Take], name: str) -> None:
    take = takes[name]
    assert take.delay_ms == pytest.approx(3500, abs=100)
    told_ms = median(take.delays_told_ms)
    assert told_ms == pytest.approx(3500, abs=100)


@pytest.mark.parametrize("name", INPUTS)
def test_sigterm_ends_with_0(takes: dict[str, Take], name: str) -> None:
    assert takes[name].exit_code == 0
