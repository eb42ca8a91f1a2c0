"""The two crowds, each played once: every test looks at what was recorded and told of one worker."""

import asyncio

import pytest

from faults.crowd import Crowd
from faults.stories import LONG, LONG_TROUBLES, SHORT_TROUBLES, Story, Times, play

BOTHERED_S = 75.0
"""Of programme: three times what the longest story takes, for a crowd may be long in starting."""


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(Times(), id="short"),
        pytest.param(LONG, id="long", marks=pytest.mark.slow),
    ],
)
def troubled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Workers whose services fail for a while."""
    times: Times = request.param
    folder = tmp_path_factory.mktemp("troubled")
    crowd = Crowd(folder, times.programme_s, patient=times is not LONG, breaker_open_s=times.breaker_open_s)
    return _played(crowd, LONG_TROUBLES, times)


@pytest.fixture(scope="session")
def bothered(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Workers with one fault each."""
    return _played(Crowd(tmp_path_factory.mktemp("bothered"), BOTHERED_S), SHORT_TROUBLES, Times())


def _played(crowd: Crowd, stories: dict[str, Story], times: Times) -> Crowd:
    with asyncio.Runner() as runner:
        return runner.run(play(crowd, stories, times))
