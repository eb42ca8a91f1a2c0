"""The services under test as processes: started, asked whether they are ready, weighed, stopped."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 20.0
HERE = Path(__file__).resolve().parent
TREE = HERE.parent


class ServiceFailed(Exception):
    """A service did not start or has died."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A service that can be started on a port."""

    name: str
    command: Callable[[int], list[str]]
    start_timeout_s: float = START_TIMEOUT_S


def ours(port: int) -> list[str]:
    # The limits that protect a service from its clients would refuse the load; nothing else is changed.
    limits = ["--ws-max-connections=600", "--ws-connect-rate-per-s=1000", "--fragment-rate-per-min=10000000"]
    return [sys.executable, "-m", "sts_service.echo", f"--port={port}", *limits]


def node(port: int) -> list[str]:
    return [_node(), str(HERE / "node_echo.js"), str(port)]


OURS = Kind("ours", ours)
NODE = Kind("Node", node)


def _node() -> str:
    program = shutil.which("node")
    if program is None or not (TREE / "tests/js/node_modules/socket.io").is_dir():
        raise ServiceFailed("Node.js or its socket.io is missing: run make setup")
    return program


def node_version() -> str:
    return subprocess.run([_node(), "--version"], capture_output=True, text=True, timeout=20).stdout.strip()


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of the whole process tree."""

    rss: float
    pss: float
    uss: float


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    kind: Kind
    port: int
    ready_after_s: float
    """From exec to the first 200 of /ready."""
    process: psutil.Process

    def cpu_s(self) -> float:
        """Processor time so far, user and system, of the process and of any it has started."""
        times = [process.cpu_times() for process in self._tree()]
        return sum(time.user + time.system for time in times)

    def memory(self) -> Memory:
        parts = [process.memory_full_info() for process in self._tree()]
        mib = 1 << 20
        return Memory(
            rss=sum(part.rss for part in parts) / mib,
            pss=sum(part.pss for part in parts) / mib,
            uss=sum(part.uss for part in parts) / mib,
        )

    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextlib.contextmanager
def running(kind: Kind) -> Iterator[Service]:
    """The service, ready; stopped at the end."""
    port = free_port()
    command = kind.command(port)
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=TREE, env=_environment(), stdout=output, stderr=output)
        try:
            _await_ready(process, port, kind.start_timeout_s)
            yield Service(kind, port, time.perf_counter() - started, psutil.Process(process.pid))
        except ServiceFailed as problem:
            output.seek(0)
            tail = output.read()[-2000:].decode(errors="replace")
            raise ServiceFailed(f"{kind.name}: {problem}\n{tail}") from None
        finally:
            _stop(process)


def _environment() -> dict[str, str]:
    """Ours, less what would have the service's coverage measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def free_port() -> int:
    """Of 127.0.0.1, where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _await_ready(process: subprocess.Popen[bytes], port: int, timeout_s: float) -> None:
    deadline = time.perf_counter() + timeout_s
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise ServiceFailed(f"ended with status {process.returncode} before it was ready")
        if _is_ready(port):
            return
        # Tight enough to time the start to the millisecond, and not a busy loop beside it.
        time.sleep(0.001)
    raise ServiceFailed(f"not ready after {timeout_s:.0f} s")


def _is_ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as asking:
            asking.sendall(b"GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return asking.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_TIMEOUT_S)
