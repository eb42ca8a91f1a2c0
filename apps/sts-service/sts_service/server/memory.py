"""How a service process treats its memory: short pauses, and nothing kept that a flood has left."""

import ctypes
import gc


def settle() -> None:
    """Called once, when everything is imported and nothing is served yet.

    What start-up left is there for good, so the collector need not look through it in the middle of a stream.
    """
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Frees what closed connections left behind, and returns it to the system.

    The allocator would keep it: the process would stay as large as the largest flood has made it.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc
        trim(0)
