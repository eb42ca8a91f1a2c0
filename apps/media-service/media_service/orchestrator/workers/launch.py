"""What a worker is started with: a command that says nothing, and an environment that says everything."""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = (sys.executable, "-m", "media_service.worker")
CHILD_OF = "LIVEDUB_CHILD_OF"
"""the state folder of the orchestrator that started it"""
KIND = "LIVEDUB_CHILD_KIND"
"""`worker`, or `forwarder`"""
OUT_FILE = "LIVEDUB_OUT_FILE"
PREVIEW_DIR = "WORKER_PREVIEW_DIR"
SUCCEEDS = "WORKER_SUCCEEDS"
SUCCEEDS_TOKEN = "WORKER_SUCCEEDS_TOKEN"
WORKER_ID = "WORKER_STREAM_ID"
TOKEN = "WORKER_CONTROL_TOKEN"


@dataclass(frozen=True)
class Launcher:
    """`shared` are settings for all workers, where nothing else is said."""

    state_dir: Path
    shared: Mapping[str, str] = field(repr=False)
    command: tuple[str, ...] = COMMAND
    inherited: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    @property
    def logs(self) -> Path:
        return self.state_dir / "logs"

    @property
    def run(self) -> Path:
        return self.state_dir / "run"

    @property
    def previews(self) -> Path:
        return self.state_dir / "preview"

    def make_folders(self) -> None:
        for folder in (self.state_dir, self.logs, self.run, self.previews):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def preview(self, name: str) -> Path:
        """What a worker writes for the page."""
        return self.previews / name

    def log_file(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def environment(self, kind: str, name: str, own: Mapping[str, str]) -> dict[str, str]:
        """The stream's own settings beat our environment's `WORKER_*`, those beat what is shared."""
        kept = {
            key: value
            for key, value in self.inherited.items()
            if not key.startswith("LIVEDUB_") and key != "WORKER_ID"
        }
        token = secrets.token_hex(24)
        return {
            **self.shared,
            **kept,
            # Only where we look for it; two workers in one folder would write over each other.
            PREVIEW_DIR: "",
            SUCCEEDS: "",
            SUCCEEDS_TOKEN: "",
            **own,
            WORKER_ID: name,
            "WORKER_METRICS_HOST": "127.0.0.1",
            "WORKER_METRICS_PORT": "0",
            TOKEN: token,
            CHILD_OF: str(self.state_dir),
            KIND: kind,
            OUT_FILE: str(self.run / f"{name}-{secrets.token_hex(6)}.out"),
        }


def told_port(out: Path) -> int | None:
    """From the first line that a worker writes; None before it has."""
    try:
        first, is_whole, _ = out.read_text(errors="replace").partition("\n")
    except OSError:
        return None
    word, _, number = first.partition(" ")
    return int(number) if is_whole and word == "port" and number.isdigit() else None
