"""The two crowds, each played once: every test looks at what was recorded and told of one worker."""

import asyncio
from pathlib import Path

import pytest

from faults.crowd import Crowd
from faults.stories import LONG_TROUBLES, SHORT_TROUBLES, Story, Times, play

BOTHERED_S = 75.0
"""Of programme: three times what the longest story takes, for a crowd may be long in starting."""


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(Times(), id="short"),
        pytest.param(Times(fault_s=60, cut_every_s=10), id="long", marks=pytest.mark.slow),
    ],
)
def troubled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Workers whose services fail for a while."""
    return _played(
        tmp_path_factory.mktemp("troubled"),
        LONG_TROUBLES,
        request.param,
        request.param.programme_s,
        patient=request.param == Times(),
    )


@pytest.fixture(scope="session")
def bothered(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Workers with one fault each."""
    return _played(tmp_path_factory.mktemp("bothered"), SHORT_TROUBLES, Times(), BOTHERED_S)


def _played(
    folder: Path, stories: dict[str, Story], times: Times, seconds: float, *, patient: bool = True
) -> Crowd:
    with asyncio.Runner() as runner:
        return runner.run(play(Crowd(folder, seconds, patient=patient), stories, times))
