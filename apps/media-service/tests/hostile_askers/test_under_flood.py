"""While a port is flooded, the stream goes on as if nothing were, and who asks in order has his answers."""

import asyncio
from pathlib import Path

import pytest
from live.measure import assert_continuous, assert_in_sync, shifts
from live.worker import WorkerProcess
from media_service.testmedia.analysis import video_copied
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from orchestrator_process.process import Orchestrator

from hostile_askers.flood import Honest, flooded, honest

FLOOD_S = 8.0
SLOWEST_S = 2.0

pytestmark = pytest.mark.slow


async def test_a_worker_on_air_notices_nothing(tmp_path: Path) -> None:
    source, out = generate(tmp_path / "in.ts", Programme(duration_s=14.0, gop_s=1.0)), tmp_path / "out.ts"
    async with WorkerProcess(tmp_path, input_url=source, output_url=out) as worker:
        await worker.wait_on_air()
        async with flooded(worker.port), honest(worker.port, "/v1/status") as seen:
            await asyncio.sleep(FLOOD_S)
        assert await worker.exit_code(60.0) == 0
    recording, whole = read(out), read(source)
    assert video_copied(recording, whole).whole
    assert_in_sync(shifts(recording, whole), least=5)
    assert_continuous(recording)
    _check(seen)


async def test_the_orchestrator_takes_hooks_and_answers(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator, flooded(orchestrator.port):
        async with honest(orchestrator.port, "/v1/streams") as seen:
            await asyncio.sleep(FLOOD_S)
        _check(seen)


def _check(seen: Honest) -> None:
    took_s = [one for one in seen.took_s if one is not None]
    assert len(took_s) == len(seen.took_s)
    assert len(took_s) > FLOOD_S / (0.1 + SLOWEST_S)
    assert max(took_s) < SLOWEST_S
