"""The echo service as a process, and what it takes of memory."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

TESTS = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Service:
    url: str
    process: subprocess.Popen[str]

    def rss_mib(self) -> float:
        """What it holds now."""
        return self._status("VmRSS")

    def peak_mib(self) -> float:
        """The most it ever held."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
        assert found, text
        return int(found[1]) / 1024


@contextlib.contextmanager
def echo_service(*flags: str) -> Iterator[Service]:
    """`python -m sts_service.echo` on a free port; what it logs goes to the test's own stderr."""
    command = [sys.executable, "-m", "sts_service.echo", "--port=0", "--log-level=warning", *flags]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Service(_announced(process.stdout), process)
            assert process.poll() is None, f"the service ended with status {process.returncode}"
        finally:
            stop(process)


def environment() -> dict[str, str]:
    """Without coverage, which would measure itself and be measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def stop(process: subprocess.Popen[str]) -> None:
    """Exactly this one."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_TIMEOUT_S)


def _announced(output: IO[str]) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    # A service that hangs before its first line is cut by the test's own time-out.
    for line in output:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
        assert time.monotonic() < deadline, "the service did not say where it listens"
    raise AssertionError("the service ended before it said where it listens")
