"""What a process tells of itself, under its service's name."""

import os
import re
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from service_kit.process_metrics import ProcessMetrics


def test_start_memory_cpu_and_descriptors_are_told_and_nothing_else() -> None:
    registry = CollectorRegistry()
    ProcessMetrics("relay", registry)
    page = generate_latest(registry).decode()
    told = {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", page, re.MULTILINE)}
    assert set(told) == {
        "relay_process_start_time_seconds",
        "relay_process_resident_memory_bytes",
        "relay_process_cpu_seconds_total",
        "relay_process_open_fds",
    }
    # Of the machine's start only the second is known.
    assert -2 < time.time() - told["relay_process_start_time_seconds"] < 86_400
    assert told["relay_process_resident_memory_bytes"] > 1_000_000
    assert 0 < told["relay_process_open_fds"] <= len(list(Path("/proc/self/fd").iterdir())) + 10


def test_it_is_read_when_it_is_asked_for() -> None:
    registry = CollectorRegistry()
    ProcessMetrics("relay", registry)
    before = registry.get_sample_value("relay_process_open_fds")
    read, write = os.pipe()
    try:
        after = registry.get_sample_value("relay_process_open_fds")
    finally:
        os.close(read)
        os.close(write)
    assert before is not None
    assert after == before + 2
