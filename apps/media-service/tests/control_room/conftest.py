"""One browser and one stand-in a module, and for each test a page of its own in a clean house."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from control_room.chrome import Desk, chrome, desk
from control_room.hls import Window, film
from control_room.stand_in import StandIn
from control_room.views import shown, told_by_worker


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chrome() as opened:
        yield opened


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films") / "films"
    film(folder)
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StandIn, str]]:
    stand_in = StandIn(tmp_path_factory.mktemp("none"))
    with stand_in.served() as base:
        yield stand_in, base


@pytest.fixture
def stand_in(served: tuple[StandIn, str]) -> StandIn:
    served[0].reset()
    return served[0]


@pytest.fixture
def room(browser: Browser, served: tuple[StandIn, str], stand_in: StandIn) -> Iterator[Desk]:
    with desk(browser, served[1]) as opened:
        yield opened


@pytest.fixture
def playing(stand_in: StandIn, films: Path) -> StandIn:
    """It has been on air for half a minute."""
    stand_in.films = films
    stand_in.show(shown("news", worker=told_by_worker("news", preview={"state": "on"})))
    stand_in.window = Window(time.time() - 30, 8.0)
    return stand_in
