"""A program that a test starts: its log in a file, its end certain."""

import asyncio
import atexit
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_started: "weakref.WeakSet[Program]" = weakref.WeakSet()


class Program:
    """Start, stop, kill, freeze; as a context manager, of either kind, it is killed at the end.

    It leads a process group of its own, so that what it starts ends with it, and has a pipe as its stdin, so
    that a child which reads that learns of its parent's death.
    """

    def __init__(
        self, command: Sequence[str | Path], log: Path, *, env: dict[str, str] | None = None
    ) -> None:
        self.command = [str(word) for word in command]
        self.log = log
        self.env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.kill()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self.env,
            )
        _started.add(self)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.command[0]} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: ended by that signal."""
        return self._process.poll() if self._process else None

    def stop(self, timeout_s: float = 5.0) -> int:
        """Asks it to end, and kills it when it has not within `timeout_s`. Returns its exit code."""
        if self._process is None:
            raise RuntimeError(f"{self.command[0]} was not started")
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()
        self.kill()
        return self._process.returncode

    def kill(self) -> None:
        """At once, with all that it started."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait(10)
        if self._process.stdin:
            self._process.stdin.close()

    def freeze(self) -> None:
        """It stands still, its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def write(self, data: bytes) -> None:
        """To its stdin."""
        if self._process is None or self._process.stdin is None:
            raise RuntimeError(f"{self.command[0]} was not started")
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for(self, ready: Callable[[], bool], what: str, timeout_s: float = 10.0) -> None:
        wait_for(lambda: ready() or not self.running, what, timeout_s)
        if not self.running and not ready():
            raise RuntimeError(f"{self.command[0]} ended with {self.exit_code}: {self.output()[-800:]}")

    def _signal(self, number: signal.Signals) -> None:
        """The group outlives its leader when that has died before what it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.kill)


def wait_for(ready: Callable[[], bool], what: str, timeout_s: float = 10.0) -> None:
    end = time.monotonic() + timeout_s
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"no {what} within {timeout_s} s")
        time.sleep(0.02)


def this_module(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "media_service.testmedia", *map(str, arguments)]


@atexit.register
def _end_all() -> None:
    for program in list(_started):
        program.kill()
