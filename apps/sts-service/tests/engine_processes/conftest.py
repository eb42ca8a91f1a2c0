"""What each test here is watched for."""

from collections.abc import AsyncIterator

import pytest

from engine_processes.held import nothing_held


@pytest.fixture
async def clean() -> AsyncIterator[None]:
    """The test leaves no process, thread, file or task behind."""
    async with nothing_held():
        yield
