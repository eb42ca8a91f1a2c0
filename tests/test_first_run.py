"""The worker's start in docs/getting-started.md, as a stranger would do it."""

import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parent.parent
ECHO = "http://127.0.0.1:8000"


@pytest.fixture
def echo(tmp_path: Path) -> str:
    """Where a running echo service listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


@pytest.mark.timeout(120)
def test_a_file_goes_through_worker_and_echo_as_is_shown(tmp_path: Path, echo: str) -> None:
    page = (TREE / "docs/getting-started.md").read_text()
    shown = re.findall(r"^\.venv/bin/python (-m media_service.*)$", page, re.MULTILINE)
    assert [line.split()[1].partition(".")[2] for line in shown] == ["testmedia", "worker", "testmedia"]
    service = subprocess.Popen(
        [sys.executable, "-m", "sts_service.echo", "--port", echo],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(int(echo), service)
        told = ""
        for line in shown:
            words = shlex.split(line.replace(ECHO, f"http://127.0.0.1:{echo}"))
            done = subprocess.run(
                [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, timeout=50
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            told = done.stdout
            if "media_service.worker" in line:
                assert done.stderr.count('"slot dubbed"') == 2
                assert '"slot fallback"' not in done.stderr
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(timeout=20)
    assert "video copy: 300 units (0 to 299), 0 lost, 0 doubled, 0 out of order, 0 changed" in told


def wait_for_port(port: int, service: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and service.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("no echo service")
