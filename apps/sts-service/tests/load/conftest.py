"""The figures of the load, shown at the end of the run whether or not a test failed."""

from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def load_report(record_property: Callable[[str, object], None]) -> Iterator[list[str]]:
    """Lines for the end of the run."""
    lines: list[str] = []
    yield lines
    for line in lines:
        record_property("figures of the load", line)
