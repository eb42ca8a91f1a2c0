"""A `livedub` process, watched with all that it starts."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
from media_service.testmedia.program import Program, wait_for

LONG_S = 200.0
"""Longer, and it hangs: no step takes as long on a machine however busy."""


def livedub(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "livedub", *map(str, arguments)]


class Running:
    """`with Running(folder, "dub", ...) as command`. What is left at its end is killed, each by its pid."""

    def __init__(self, folder: Path, *arguments: str | Path, env: dict[str, str] | None = None) -> None:
        self.out = folder / "livedub.out"
        self.err = folder / "livedub.err"
        self._command = livedub(*arguments)
        self._env = {**os.environ, **(env or {})}
        self._folder = folder
        self.children: dict[int, psutil.Process] = {}
        """All that were ever seen."""

    def __enter__(self) -> Self:
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.look()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait(10)
        for child in self.left():
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        if kind is not None:
            sys.stdout.write(self.err.read_text()[-4000:])

    def look(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                self.children.setdefault(child.pid, child)

    def wait_for(self, ready: Callable[[], bool], what: str) -> None:
        """Looks for new children meanwhile."""

        def looked() -> bool:
            self.look()
            if self.process.poll() is not None and not ready():
                raise RuntimeError(f"ended with {self.process.returncode}: {self.err.read_text()[-3000:]}")
            return ready()

        wait_for(looked, what, LONG_S)

    def wait_for_worker(self) -> None:
        self.wait_for(lambda: any("media_service.worker" in line for line in self.command_lines()), "worker")

    def ended(self) -> int:
        end = time.monotonic() + LONG_S
        while self.process.poll() is None and time.monotonic() < end:
            self.look()
            time.sleep(0.05)
        return self.process.wait(1)

    def signal(self, name: signal.Signals) -> None:
        self.look()
        self.process.send_signal(name)

    def command_lines(self) -> list[str]:
        """As `ps` shows them, of all that runs."""
        lines = []
        for process in (psutil.Process(self.process.pid), *self.children.values()):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                lines.append(" ".join(process.cmdline()))
        return lines

    def left(self) -> list[psutil.Process]:
        return [child for child in self.children.values() if _runs(child)]

    def wait_until_nothing_is_left(self) -> None:
        wait_for(lambda: not self.left(), "end of the children", LONG_S)

    def report(self) -> dict[str, Any]:
        """What `--json` says."""
        told: dict[str, Any] = json.loads(self.out.read_text())
        return told


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextlib.contextmanager
def service(folder: Path, *flags: str, verb: str = "echo") -> Iterator[str]:
    """The address of a `livedub echo`, or another service."""
    with Program(livedub(verb, "--port", "0", *flags), folder / f"{verb}.log") as program:
        found: Sequence[str] = []

        def listens() -> bool:
            nonlocal found
            found = re.findall(r"listening on (http://\S+)", program.output())
            return bool(found)

        program.wait_for(listens, "address", LONG_S)
        yield found[0]
