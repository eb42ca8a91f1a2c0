"""A source by SRT whose clock is set back or on: nothing is lost, and nobody is asked to connect again."""

import asyncio
from pathlib import Path

import pytest
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from servers.srt import SrtPort

from live.measure import assert_continuous, assert_copied, assert_in_sync, shifts
from live.stage import SMALL
from live.worker import WorkerProcess

HOUR_S = 3600.0


@pytest.mark.parametrize(
    "clock",
    [
        pytest.param({"jump_at_s": 3.0, "jump_s": -HOUR_S, "first_pts_s": 2 * HOUR_S}, id="back"),
        pytest.param({"jump_at_s": 3.0, "jump_s": HOUR_S}, id="forward", marks=pytest.mark.slow),
        # After 2^33 ticks of 90 kHz.
        pytest.param({"first_pts_s": 95_440.7}, id="wrapped", marks=pytest.mark.slow),
    ],
)
async def test_a_jump_of_the_clock_by_srt_is_not_seen(tmp_path: Path, clock: dict[str, float]) -> None:
    programme = Programme(**SMALL, duration_s=6, **clock)  # type: ignore[arg-type]
    file = await asyncio.to_thread(generate, tmp_path / "source.ts", programme)
    port = SrtPort()
    worker = WorkerProcess(tmp_path, input_url=port.listener, output_url=tmp_path / "out.ts")
    async with worker:
        async with Publisher(file, port.caller, tmp_path) as publisher:
            await asyncio.to_thread(publisher.wait_until_ended, 30)
        worker.terminate()
        assert await worker.exit_code(20) == 0
    assert len(worker.events("change", what="input", to="up")) == 1
    source, recording = await asyncio.to_thread(lambda: (read(file), read(tmp_path / "out.ts")))
    assert_copied(recording, source, least=160)
    assert_in_sync(shifts(recording, source), least=4, unpaired=1)
    assert_continuous(recording)
