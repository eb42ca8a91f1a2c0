"""Keeps the process small; imported before anything that allocates much.

A worker is one of many on its machine, and its threads are GStreamer's: with an arena each, and a threshold
that grows with every large block, glibc keeps twice what is in use.
"""

import ctypes
import gc
import os

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""glibc's mallopt(3)."""
ARENAS = 1
LARGE = 128 * 1024
"""Bytes from which a block is given back to the system when it is freed."""

# Nothing here multiplies matrices: a pool of threads for it would only hold memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _limit_arenas() -> None:
    """Where the C library is not glibc there is nothing to set."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, LARGE)


_limit_arenas()


def settle() -> None:
    """Called once, when everything is imported and nothing is served yet.

    What start-up left is there for good, so the collector need not look through it in the middle of a stream.
    """
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
