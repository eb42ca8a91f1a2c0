"""The workers' log files: bounded while the workers write, and they never notice."""

import os
import re
from pathlib import Path

KEPT_SHARE = 0.5
_EXIT = re.compile(rb'"exitCode":\s*(-?\d+)|\bexitCode=(-?\d+)')
_TAIL_BYTES = 8192


def bound(file: Path, most_bytes: int) -> bool:
    """Moves the newer half of a file that has grown too large to `FILE.1`, and empties the file.

    Writers append, so they go on at its new end; a line that is written meanwhile may be lost. Blocks.
    """
    try:
        size = file.stat().st_size
        if size <= most_bytes:
            return False
        with file.open("r+b") as log:
            log.seek(size - int(most_bytes * KEPT_SHARE))
            log.readline()
            older = file.with_name(file.name + ".1")
            with older.open("wb") as kept:
                while block := log.read(1 << 20):
                    kept.write(block)
            log.truncate(0)
    except FileNotFoundError:
        return False
    except OSError:
        # No room to keep any of it: what matters more is that the log does not take the rest.
        os.truncate(file, 0)
    return True


def last_exit_code(file: Path) -> int | None:
    """What a worker said last of itself, for one whose exit code went to somebody else. Blocks."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = log.read().splitlines()
    except OSError:
        return None
    told = _EXIT.search(lines[-1]) if lines else None
    return int(told[1] or told[2]) if told else None


def tail(file: Path, most_bytes: int) -> bytes:
    """Whole lines from the end. Blocks."""
    try:
        with file.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - most_bytes))
            read = log.read(most_bytes)
    except OSError:
        return b""
    return read if size <= most_bytes else read.partition(b"\n")[2]
