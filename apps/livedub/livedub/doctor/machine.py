"""Looks at the machine itself: a GPU, and the ports that the services want."""

import shutil
import socket
import subprocess
from collections.abc import Iterator

from livedub.doctor.finding import Finding

ASKING_S = 10.0


def gpu() -> Finding:
    program = shutil.which("nvidia-smi")
    if program is None:
        return Finding("GPU", "note", "no NVIDIA driver: the engines that need no GPU are used")
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=ASKING_S)
    except (OSError, subprocess.TimeoutExpired):
        return Finding("GPU", "note", "the NVIDIA driver does not answer", "nvidia-smi")
    names = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    if done.returncode or not names:
        return Finding("GPU", "note", "the NVIDIA driver finds no GPU", "nvidia-smi")
    return Finding("GPU", "ok", "; ".join(names))


def ports(host: str, wanted: dict[str, int]) -> Iterator[Finding]:
    """By the verb that listens there."""
    for verb, port in wanted.items():
        if port == 0 or _is_free(host, port):
            yield Finding("port", "ok", f"{port} is free for livedub {verb}")
        else:
            yield Finding("port", "note", f"{port} is in use, or may not be used", f"livedub {verb} --port 0")


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
