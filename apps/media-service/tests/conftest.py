"""How long a test may take before it counts as one that hangs."""

from pathlib import Path

import pytest

PROGRAMS = (
    "control_room",
    "faults",
    "formats",
    "live",
    "orchestrator_process",
    "previews",
    "recording",
    "testmedia_room",
    "worker_docs",
)
"""Rooms that start whole programs: on a busy machine those take several times their usual time."""
HANGS_S = 240


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rooms = {Path(__file__).with_name(name) for name in PROGRAMS}
    for item in items:
        if rooms & set(item.path.parents) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(HANGS_S))
