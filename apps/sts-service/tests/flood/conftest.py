"""The floods' figures, shown at the end of the run whether or not a test failed."""

import pytest

figures = pytest.StashKey[list[str]]()


@pytest.fixture
def report(pytestconfig: pytest.Config) -> list[str]:
    """Lines for the end of the run."""
    return pytestconfig.stash.setdefault(figures, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(figures, [])
    if lines:
        terminalreporter.section("floods")
        for line in lines:
            terminalreporter.line(line)
