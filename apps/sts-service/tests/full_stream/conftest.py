"""A start in the tests' own process sets up the log of the whole process; it is put back."""

import logging
from collections.abc import Iterator

import pytest

_SWITCHES = ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing")


@pytest.fixture(autouse=True)
def log_is_left_as_it_was() -> Iterator[None]:
    everything, ours = logging.getLogger(), logging.getLogger("sts_service")
    handlers, levels = everything.handlers[:], (everything.level, ours.level)
    switches = {name: getattr(logging, name) for name in _SWITCHES}
    yield
    everything.handlers = handlers
    everything.setLevel(levels[0])
    ours.setLevel(levels[1])
    for name, value in switches.items():
        setattr(logging, name, value)
