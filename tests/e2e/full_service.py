"""The service that really dubs, as a process on a fixed port, with the engines that a bare machine has."""

import contextlib
import os
import sys
import urllib.request
from pathlib import Path

import psutil
from media_service.testmedia.program import Program
from servers.ports import LOCAL, free_port

START_S = 150.0
EMBEDDED = {"asr": "pocketsphinx", "translation": "apertium", "tts": "espeak"}
PATIENT = {f"{stage.upper()}_TIMEOUT_MS": "30000" for stage in EMBEDDED}
"""What is late because this machine is busy is not lost: the worker's deadline decides."""
LETS_ALL_IN = {"MAX_LOAD": "0"}
"""However busy the other tests make this machine."""


class FullService(Program):
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        command = [sys.executable, "-m", "sts_service.full", "--port", str(self.port), "--log-format", "json"]
        for stage, engine in EMBEDDED.items():
            command += [f"--{stage}-engine", engine]
        super().__init__(command, folder / "service.log", env=PATIENT | LETS_ALL_IN)

    @property
    def url(self) -> str:
        return f"http://{LOCAL}:{self.port}"

    def start(self) -> None:
        """Until it is ready to dub."""
        super().start()
        self.wait_for(self._is_ready, "speech service", START_S)
        self._be_heard()

    def _be_heard(self) -> None:
        """Its engines give way to all other processes: among other tests, which do not, they would starve."""
        for child in psutil.Process(self.pid).children(recursive=True):
            for thread in child.threads():
                with contextlib.suppress(OSError):  # only root may
                    os.setpriority(os.PRIO_PROCESS, thread.id, 0)

    def _is_ready(self) -> bool:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{self.url}/ready", timeout=5) as answer,
        ):
            return bool(answer.status == 200)
        return False
