"""A process gives back what it needed for a moment."""

import subprocess
import sys

import pytest

PROGRAM = """
import threading
from pathlib import Path
from service_kit.memory import stay_small
stay_small()

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

def work():
    for size in (200_000, 1_000_000, 400_000):
        blocks = [bytearray(size) for _ in range(20_000_000 // size)]
        kept.append(bytearray(64))
        del blocks

before, kept = resident_mb(), []
for _ in range(6):
    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads: one.start()
    for one in threads: one.join()
print(resident_mb() - before)
"""
LITTLE_MB = 6.0
"""It is 14 where nothing is set."""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator is what is looked at")
def test_what_threads_needed_once_is_given_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert float(done.stdout) < LITTLE_MB
