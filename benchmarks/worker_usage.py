"""What a running process costs, as the kernel tells it."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_KB = 1024
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Memory:
    """MB, of a million bytes."""

    resident: float
    peak: float
    """Of what was resident, since its start."""
    shared_out: float
    """PSS: pages that others use too are shared out among them."""


def cpu_s(pid: int) -> float:
    """Processor time so far of all its threads, those that have ended too, and of its children."""
    total = 0.0
    for one in _tree(pid):
        with suppress(OSError):
            # The kernel's own clock of that process: nanoseconds, where /proc counts in steps of 10 ms.
            total += time.clock_gettime((~one << 3) | 2)
    return total


def memory(pid: int) -> Memory:
    status = Path(f"/proc/{pid}/status").read_text()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return Memory(_kb(status, "VmRSS") / _MB, _kb(status, "VmHWM") / _MB, _kb(rollup, "Pss") / _MB)


def threads(pid: int) -> int:
    found = re.search(r"^Threads:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


class Machine:
    """How busy all of it was, since the last time of asking."""

    def __init__(self) -> None:
        self._last = psutil.cpu_times()

    def busy(self) -> float:
        """0 to 1: of all cores."""
        before, self._last = self._last, psutil.cpu_times()
        passed = [now - then for now, then in zip(self._last, before, strict=True)]
        idle = self._last.idle - before.idle + self._last.iowait - before.iowait
        # A guest's time is counted in the user's as well.
        whole = sum(passed) - (self._last.guest - before.guest) - (self._last.guest_nice - before.guest_nice)
        return 1 - idle / whole if whole > 0 else 0.0


def _tree(pid: int) -> Iterator[int]:
    yield pid
    yield from (child.pid for child in psutil.Process(pid).children(recursive=True))


def _kb(text: str, name: str) -> int:
    """Bytes."""
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * _KB if found else 0
