"""Memory, the GPU's and one's own, asked about without importing any library that manages it."""

import os
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SIGNS = ("out of memory", "alloc_failed", "allocation failed")


def is_out_of_gpu_memory(error: BaseException) -> bool:
    """By name and words: no library that could raise it may be imported for this."""
    kind = type(error)
    if kind.__name__ == "OutOfMemoryError" and kind.__module__.partition(".")[0] == "torch":
        return True
    words = str(error).lower() if isinstance(error, RuntimeError) else ""
    return ("cuda" in words or "cublas" in words or "cudnn" in words) and any(
        sign in words for sign in _SIGNS
    )


def held_bytes() -> int:
    """Memory of this process; 0 where it cannot be told."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0
