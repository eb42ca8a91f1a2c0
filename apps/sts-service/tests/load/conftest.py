"""The figures of the load, shown at the end of the run whether or not a test failed."""

import pytest

figures = pytest.StashKey[list[str]]()


@pytest.fixture
def load_report(pytestconfig: pytest.Config) -> list[str]:
    """Lines for the end of the run."""
    return pytestconfig.stash.setdefault(figures, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(figures, [])
    if lines:
        terminalreporter.section("load")
        for line in lines:
            terminalreporter.line(line)
