"""Every test of this service is watched: see `wire.watch`."""

import pytest
from wire.watch import _tasks_and_exceptions, every_payload_is_valid, nothing_is_left_behind

__all__ = ["_tasks_and_exceptions", "every_payload_is_valid", "nothing_is_left_behind"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "logs_errors: the service is expected to log an error in this test")
