"""The stories, by name: a test that asks for one of them has it played, once a session."""

from collections.abc import Callable, Iterable

import pytest

from e2e.absent import Absent
from e2e.bereft import Bereft
from e2e.day import STORIES, Day
from e2e.hooked import Hooked
from e2e.house import Figures
from e2e.pair import Pair
from e2e.read import Read
from e2e.scripted import Scripted

HANGS_S = 480


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    for item in items:
        if "day" in getattr(item, "fixturenames", ()) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(HANGS_S))


@pytest.fixture(scope="session")
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Day:
    asked = [set(getattr(item, "fixturenames", ())) for item in request.session.items]
    wanted = {name for names in asked if "day" in names for name in names & STORIES.keys()}
    return Day(tmp_path_factory.mktemp("day"), wanted)


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    return lambda line: record_property("figures of the whole system", line)


@pytest.fixture(scope="session")
def pair(day: Day) -> Pair:
    told: Pair = day.of("pair")
    return told


@pytest.fixture(scope="session")
def read(day: Day) -> Read:
    told: Read = day.of("read")
    return told


@pytest.fixture(scope="session")
def bereft(day: Day) -> Bereft:
    told: Bereft = day.of("bereft")
    return told


@pytest.fixture(scope="session")
def absent(day: Day) -> Absent:
    told: Absent = day.of("absent")
    return told


@pytest.fixture(scope="session")
def hooked(day: Day) -> Hooked:
    told: Hooked = day.of("hooked")
    return told


@pytest.fixture(scope="session")
def scripted(day: Day) -> Scripted:
    told: Scripted = day.of("scripted")
    return told
