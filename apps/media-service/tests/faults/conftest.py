"""The crowds, each played once: every test looks at what was recorded and told of one worker."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from faults.crowd import Crowd
from faults.stories import LONG, LONG_TROUBLES, SHORT_TROUBLES, Story, Times, play

BOTHERED_S = 75.0
"""Of programme: three times what the longest story takes, for a crowd may be long in starting."""
SHORT = Times()
AT_ONCE = ("killed", "slow", "garbage", "declined")
"""The short troubles of `make test`, one of each kind. All eight at once are too much beside others."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    for item in items:
        chosen = _chosen(item)
        if chosen.get("troubled") is SHORT and chosen["name"] not in AT_ONCE:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(SHORT, id="short"),
        pytest.param(LONG, id="long", marks=pytest.mark.slow),
    ],
)
def troubled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Workers whose services fail for a while."""
    times: Times = request.param
    folder = tmp_path_factory.mktemp("troubled")
    crowd = Crowd(folder, times.programme_s, patient=times is not LONG, breaker_open_s=times.breaker_open_s)
    asked = [_chosen(item) for item in request.session.items]
    names = {chosen["name"] for chosen in asked if chosen.get("troubled") is times}
    return _played(crowd, {name: story for name, story in LONG_TROUBLES.items() if name in names}, times)


@pytest.fixture(scope="session")
def bothered(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Workers with one fault each."""
    return _played(Crowd(tmp_path_factory.mktemp("bothered"), BOTHERED_S), SHORT_TROUBLES, Times())


def _chosen(item: pytest.Item) -> Mapping[str, Any]:
    """A test's parameters."""
    chosen: Mapping[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return chosen


def _played(crowd: Crowd, stories: dict[str, Story], times: Times) -> Crowd:
    with asyncio.Runner() as runner:
        return runner.run(play(crowd, stories, times))
