"""The scenarios that the chosen tests ask for are played side by side, once a session."""

import asyncio
from collections.abc import Iterable

import pytest

from drill.findings import Findings
from drill.run import drill
from drill.scenarios import SCENARIOS

HANGS_S = 480


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    for item in items:
        if "drilled" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(HANGS_S))


@pytest.fixture(scope="session")
def drilled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Findings]:
    calls = (getattr(item, "callspec", None) for item in request.session.items)
    asked = {call.params["scenario"].name for call in calls if call and "scenario" in call.params}
    wanted = [each for each in SCENARIOS if each.name in asked]
    return asyncio.run(drill(wanted, tmp_path_factory.mktemp("drill")))
