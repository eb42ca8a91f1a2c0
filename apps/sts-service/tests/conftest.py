"""Every test of this service is watched (see `wire.watch`), and leaves the log of the process as it was."""

import logging
from collections.abc import Iterator

import pytest
from sts_service.server.run import LOG_ROOT
from wire.watch import _tasks_and_exceptions, every_payload_is_valid, nothing_is_left_behind

__all__ = ["_tasks_and_exceptions", "every_payload_is_valid", "nothing_is_left_behind"]

_SWITCHES = ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "logs_errors: the service is expected to log an error in this test")


@pytest.fixture(autouse=True)
def log_is_left_as_it_was() -> Iterator[None]:
    """A start in the tests' own process sets up the log of the whole process."""
    everything, ours = logging.getLogger(), logging.getLogger(LOG_ROOT)
    handlers, levels = everything.handlers[:], (everything.level, ours.level)
    switches = {name: getattr(logging, name) for name in _SWITCHES}
    yield
    everything.handlers = handlers
    everything.setLevel(levels[0])
    ours.setLevel(levels[1])
    for name, value in switches.items():
        setattr(logging, name, value)
