"""Processes that end when this one does, for whatever reason: told to, by a fault, or killed."""

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
KILL_S = 5.0
"""For the system, to end what was killed."""


class Child:
    """Its standard error goes into the log, each line of its standard output to `on_line`.

    It leads a session of its own, so that Ctrl-C reaches only us, and its end is orderly.
    """

    def __init__(self, process: asyncio.subprocess.Process, on_line: Callable[[str], None]) -> None:
        self._process = process
        self._reading = asyncio.create_task(self._read(on_line))

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        variables: Mapping[str, str],
        log: BinaryIO,
        on_line: Callable[[str], None],
        *,
        when_orphaned: signal.Signals = signal.SIGKILL,
    ) -> "Child":
        """`when_orphaned`: what it gets when we are gone; one that started others ends them on SIGTERM."""
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(variables),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            preexec_fn=_tied_to(os.getpid(), when_orphaned),
        )
        return cls(process, on_line)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    async def ended(self) -> int:
        """Its exit code, once all that it said has been read."""
        code = await self._process.wait()
        await self._reading
        return code

    def ask_to_end(self) -> None:
        if self.is_running:
            self._process.terminate()

    async def gone(self, within_s: float) -> bool:
        """Whether it ended by itself in that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._process.wait()
        return not self.is_running

    async def end(self, grace_s: float) -> None:
        """Asks, waits, and kills it with all that it started."""
        self.ask_to_end()
        try:
            await self.gone(grace_s)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self.gone(KILL_S)
        self._reading.cancel()

    async def _read(self, on_line: Callable[[str], None]) -> None:
        if self._process.stdout is None:
            return
        while line := await self._process.stdout.readline():
            on_line(line.decode(errors="replace").rstrip("\n"))


def _tied_to(parent: int, when_orphaned: signal.Signals) -> Callable[[], None]:
    """Runs in the child before the program does: the system ends it when its parent is gone."""

    def tie() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(when_orphaned), 0, 0, 0)
        if os.getppid() != parent:  # it went before the tie was made
            os._exit(1)

    return tie
