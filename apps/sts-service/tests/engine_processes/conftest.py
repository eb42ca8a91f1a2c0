"""What each test here is watched for."""

from collections.abc import AsyncIterator

import pytest

from engine_processes.children import look_around
from engine_processes.held import nothing_held


@pytest.fixture(autouse=True)
def the_processes_of_others_are_known() -> None:
    look_around()


@pytest.fixture
async def clean() -> AsyncIterator[None]:
    """The test leaves no process, thread, file or task behind."""
    async with nothing_held():
        yield
