"""An orchestrator that the tests of a module share, each with streams of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orchestrator_process.process import Orchestrator


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    folder: Path = tmp_path_factory.mktemp("orchestrator")
    orchestrator = Orchestrator(
        folder,
        grace_s=1.5,
        max_streams=30,
        allow_inputs="public, rtmp://*.test, rtmp://127.0.0.1",
        allow_outputs="public, rtmp://*.test",
    )
    with orchestrator.shared():
        yield orchestrator


@pytest.fixture
async def orchestrator(shared: Orchestrator) -> AsyncIterator[Orchestrator]:
    shared.tell_workers()
    async with shared.asked():
        yield shared
