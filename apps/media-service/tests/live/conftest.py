"""The scenes that several modules look at."""

import asyncio

import pytest

from live.batches import Batches
from live.together import Played, play


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return asyncio.run(play(tmp_path_factory.mktemp("live")))


@pytest.fixture(scope="session")
def batches(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Batches:
    modules = {item.module for item in request.session.items if isinstance(item, pytest.Function)}
    return Batches(modules, tmp_path_factory.mktemp)
