"""A process that is watched and ended through a handle of the kernel's, so that no other is ever hit."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from media_service.orchestrator.workers.proc_files import Identity, identity


class Process:
    """Ours by birth (`spawn`) or found again (`adopt`); `close` when it is not needed any more."""

    def __init__(self, known: Identity, handle: int, child: "subprocess.Popen[bytes] | None") -> None:
        self.identity = known
        self._handle = handle
        self._child = child
        self._ended: asyncio.Future[int | None] | None = None

    @classmethod
    def spawn(cls, command: Sequence[str], environ: Mapping[str, str], out: Path, log: Path) -> Self:
        """Blocks for some milliseconds. Raises OSError.

        Without a shell; it leads a session and a group of its own; both files are appended to, so that they
        can be cut while it writes, and it needs nobody to read them.
        """
        with out.open("ab") as out_file, log.open("ab") as log_file:
            child = subprocess.Popen(
                list(command),
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=out_file,
                stderr=log_file,
                start_new_session=True,
            )
        known = identity(child.pid) or Identity(child.pid, 0)  # it may have ended already
        return cls(known, os.pidfd_open(child.pid), child)

    @classmethod
    def adopt(cls, known: Identity) -> Self | None:
        """None where it has ended."""
        try:
            handle = os.pidfd_open(known.pid)
        except OSError:
            return None
        if identity(known.pid) != known:
            os.close(handle)
            return None
        return cls(known, handle, None)

    @property
    def pid(self) -> int:
        return self.identity.pid

    @property
    def is_child(self) -> bool:
        return self._child is not None

    async def wait(self) -> int | None:
        """The exit code, negative for a signal; None for an adopted one, whose code went to somebody else."""
        if self._ended is None:
            loop = asyncio.get_running_loop()
            self._ended = loop.create_future()
            loop.add_reader(self._handle, self._has_ended)
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGTERM)

    def ask_where_it_stands(self) -> None:
        """Into its log, also where it hangs: where each of its threads is. For workers."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGUSR1)

    def kill(self) -> None:
        """With all of its group."""
        with contextlib.suppress(ProcessLookupError):
            # Fails where it has been collected; until then its number, and its group's, are its own.
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Lets go of it; it lives on if it does."""
        if self._handle < 0:
            return
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        self._handle = -1
        if self._child is not None and self._child.returncode is None and self._child.poll() is None:
            # It is left running on purpose: its number is nobody's business any more.
            self._child.returncode = 0
        if self._ended is not None and not self._ended.done():
            self._ended.cancel()

    def _has_ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        code = None
        if self._child is not None:
            # Before it is collected its group's number cannot be another's: nothing of it stays behind.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            code = self._child.wait()
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(code)
