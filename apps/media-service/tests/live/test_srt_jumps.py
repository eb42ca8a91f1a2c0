"""A source by SRT whose clock is set back or on: nothing is lost, and nobody is asked to connect again."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from servers.srt import SrtPort

from live.batches import Batches
from live.films import film
from live.measure import assert_continuous, assert_copied, assert_in_sync, shifts
from live.stage import SMALL
from live.worker import WorkerProcess

HOUR_S = 3600.0
BACK = {"jump_at_s": 3.0, "jump_s": -HOUR_S, "first_pts_s": 2 * HOUR_S}
FORWARD = {"jump_at_s": 3.0, "jump_s": HOUR_S}
WRAPPED = {"first_pts_s": 95_440.7}
"""After 2^33 ticks of 90 kHz."""


@dataclass(frozen=True)
class Jumped:
    worker: WorkerProcess
    source: Path
    recording: Path


async def _through(folder: Path, clock: dict[str, float]) -> Jumped:
    programme = Programme(**SMALL, duration_s=6, **clock)  # type: ignore[arg-type]
    file = await asyncio.to_thread(film, folder / "source.ts", programme)
    port, out = SrtPort(), folder / "out.ts"
    worker = WorkerProcess(folder, name="jumped", input_url=port.listener, output_url=out)
    async with worker:
        async with Publisher(file, port.caller, folder) as publisher:
            await asyncio.to_thread(publisher.wait_until_ended, 60)
        worker.terminate()
        assert await worker.exit_code(60) == 0
    return Jumped(worker, file, out)


async def play(folder: Path) -> Jumped:
    return await _through(folder, BACK)


def test_an_hour_back_by_srt_is_not_seen(batches: Batches) -> None:
    _assert_not_seen(batches.of(play))


@pytest.mark.slow
@pytest.mark.parametrize("clock", [FORWARD, WRAPPED])
async def test_other_jumps_by_srt_are_not_seen_either(tmp_path: Path, clock: dict[str, float]) -> None:
    _assert_not_seen(await _through(tmp_path, clock))


def _assert_not_seen(jumped: Jumped) -> None:
    assert len(jumped.worker.events("change", what="input", to="up")) == 1
    source, recording = read(jumped.source), read(jumped.recording)
    assert_copied(recording, source, least=160)
    assert_in_sync(shifts(recording, source), least=4, unpaired=1)
    assert_continuous(recording)
