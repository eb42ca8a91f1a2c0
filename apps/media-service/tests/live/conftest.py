"""The scenes that several modules look at."""

import asyncio

import pytest

from live.together import Played, play


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return asyncio.run(play(tmp_path_factory.mktemp("live")))
