"""How a process treats its memory: small, short pauses, and nothing kept that was needed once."""

import ctypes
import gc

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""glibc's mallopt(3)."""
ARENAS = 1
LARGE = 128 * 1024
"""Bytes from which a block is given back to the system when it is freed."""


def stay_small() -> None:
    """Called first, before anything that allocates much or starts a thread.

    With an arena for each thread, and a threshold that grows with every large block, glibc keeps twice what
    is in use, and more by the hour. Where the C library is another one there is nothing to set.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, LARGE)


def settle() -> None:
    """Called once, when everything is imported and nothing is served yet.

    What start-up left is there for good, so the collector need not look through it in the middle of a stream.
    """
    gc.collect()
    gc.freeze()
    _trim()


def give_back() -> None:
    """Frees what is of no more use, such as what closed connections left, and returns it to the system.

    The allocator would keep it: the process would stay as large as the largest flood has made it.
    """
    gc.collect()
    _trim()


def _trim() -> None:
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
