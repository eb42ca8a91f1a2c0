"""`python -m sts_service.full` as a process, with whatever engines `auto` finds on a bare machine."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

START_TIMEOUT_S = 120
END_TIMEOUT_S = 30
_NOT_BARE = (
    "DEEPL_API_KEY",
    "ELEVENLABS_API_KEY",
    "MODEL_PATH",
    "ASR_ENGINE",
    "TRANSLATION_ENGINE",
    "TTS_ENGINE",
)


@dataclass(frozen=True, slots=True)
class Program:
    url: str
    log: Path

    def messages(self) -> list[str]:
        """Of the log so far."""
        return [line["message"] for line in _lines(self.log)]


@contextlib.contextmanager
def program(folder: Path) -> Iterator[Program]:
    """Once it is ready to dub. Ends as it is told to, with exit code 0."""
    output, log = folder / "output.txt", folder / "log.txt"
    bare = {name: value for name, value in os.environ.items() if name not in _NOT_BARE}
    # No model of any hub is on disk here; and what is late because this machine is busy is not lost.
    bare |= {"HF_HOME": str(folder / "hub"), "HF_HUB_OFFLINE": "1"}
    # Nor is a stream refused for that.
    bare |= {"MAX_LOAD": "0"}
    bare |= {"ASR_TIMEOUT_MS": "30000", "TRANSLATION_TIMEOUT_MS": "30000", "TTS_TIMEOUT_MS": "30000"}
    with output.open("wb") as stdout, log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "sts_service.full", "--port", "0", "--log-format", "json"],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=bare,
        )
    try:
        yield Program(_address(process, output, log), log)
        process.terminate()
        assert process.wait(END_TIMEOUT_S) == 0, log.read_text()[-2000:]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(END_TIMEOUT_S)


def _address(process: "subprocess.Popen[bytes]", output: Path, log: Path) -> str:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()[-2000:]
        told = re.search(r"http://127\.0\.0\.1:\d+", output.read_text())
        if told and any("ready to dub" in line["message"] for line in _lines(log)):
            return told.group()
        time.sleep(0.1)
    raise AssertionError(f"it is not ready: {log.read_text()[-2000:]}")


def _lines(log: Path) -> list[dict[str, Any]]:
    # The last one may be half written.
    return [orjson.loads(line) for line in log.read_bytes().split(b"\n")[:-1] if line.startswith(b"{")]
