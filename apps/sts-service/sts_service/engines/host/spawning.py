"""Starts an engine process and has its engine made."""

import contextlib
import os
import socket
import subprocess
import sys

from sts_service.engines.errors import NotHere
from sts_service.engines.host.link import Link
from sts_service.engines.host.messages import Begin
from sts_service.engines.host.output import Output
from sts_service.engines.host.process import EngineProcess
from sts_service.engines.host.threads import thread_counts, usable_cores

_MODULE = "sts_service.engines.host"


async def spawn(engine: str, begin: Begin, *, processes: int, ready_timeout_s: float) -> EngineProcess:
    """One whose engine is made; `processes` of this engine share the machine. Raises `NotHere`."""
    try:
        process = _spawned(engine, processes)
        try:
            await process.begin(begin, ready_timeout_s)
        except BaseException:
            await process.kill()
            raise
    except NotHere as error:
        why = str(error)
        raise NotHere(why if why.startswith(engine) else f"{engine}: {why}") from None
    return process


def _spawned(engine: str, processes: int) -> EngineProcess:
    with contextlib.ExitStack() as failed:
        try:
            ours, theirs = socket.socketpair()
            failed.callback(ours.close)
            with theirs:
                output = Output(engine)
                failed.callback(output.close)
                with output.handing_over() as write_fd:
                    process = subprocess.Popen(
                        _command(theirs.fileno()),
                        stdin=subprocess.DEVNULL,
                        stdout=write_fd,
                        stderr=write_fd,
                        pass_fds=(theirs.fileno(),),
                        start_new_session=True,  # the terminal's Ctrl-C is for the server alone
                        env={**os.environ, **thread_counts(os.environ, usable_cores(), processes)},
                    )
        except OSError as error:
            raise NotHere(f"no process for it: {error.strerror}") from error
        failed.pop_all()
    output.pid = process.pid
    return EngineProcess(engine, process, Link(ours), output)


def _command(fd: int) -> list[str]:
    return [sys.executable, "-m", _MODULE, "--fd", str(fd), "--parent", str(os.getpid())]
