"""An engine process ends with the server, and only with it."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
NICENESS = 5
"""The server, which acknowledges within milliseconds, comes first where all cores compute."""


def bind_to_parent(parent: int) -> None:
    """The kernel ends this process when the parent ends, however that ends and whatever runs here."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel was told
        os._exit(0)
    # Whoever interrupts or terminates the whole group means the server: it finishes what is in flight and
    # closes its engines itself. A handler, for SIG_IGN would be inherited by what the engine starts.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _leave_it_to_the_server)
    os.nice(NICENESS)


def _leave_it_to_the_server(*_: object) -> None:
    pass
