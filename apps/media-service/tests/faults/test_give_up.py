"""A worker that is to end when its service stays away."""

from pathlib import Path

import pytest
from servers.ports import LOCAL, free_port

from faults import promises
from faults.crowd import Crowd

FIVE_TRIES_S = 2 + 4 + 8 + 16 + 32


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_it_ends_with_30_after_the_fifth_try_and_plays_the_original_until_then(tmp_path: Path) -> None:
    async with Crowd(tmp_path, FIVE_TRIES_S + 30.0).open() as crowd:
        station = await crowd.enter("tired", f"http://{LOCAL}:{free_port()}", sts_give_up="exit")
        assert await station.worker.exit_code(FIVE_TRIES_S + 20) == 30
        await station.leave()
        assert len(station.worker.log_lines(message="no speech service")) == 6
        (line,) = station.worker.log_lines(level="error")
        assert "the speech service is given up" in line["message"]
        promises.goes_on(station)
        assert (station.heard.signs >= 0).all()
        assert station.recorded_s > FIVE_TRIES_S - 10
