"""One run of the worker's process over a file, to its end."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

RUN_S = 90.0
"""Longer is a hang: on a busy machine a run takes several times its usual two seconds."""
COMPLAINTS = ("media_service.libraries", "CRITICAL", "WARNING **", "Traceback", "Exception ignored")
"""Words of GLib and of Python that belong into no worker's output."""
SHORT = {"segment_duration": 2, "av_offset_ms": 1500, "metrics_port": 0}


@dataclass(frozen=True)
class Run:
    exit_code: int
    """-9: it did not end within its time."""
    stdout: str
    stderr: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    """Of the log."""

    @property
    def errors(self) -> list[str]:
        return [line["message"] for line in self.lines if line["level"] == "error"]

    def outcomes(self) -> list[str]:
        """Of the slots, in order."""
        return [line["message"][5:] for line in self.lines if line["message"].startswith("slot ")]

    def assert_clean(self, *, but: str = "nothing is") -> None:
        """Stdout holds the port's line and no more, stderr the log and no more. `but`: may be there."""
        said = self.stdout + "".join(
            line for line in self.stderr.splitlines(keepends=True) if but not in line
        )
        assert not any(word in said for word in COMPLAINTS), self.stderr
        assert len(self.lines) == len(self.stderr.splitlines()), self.stderr
        words = self.stdout.split()
        assert words[:1] == ["port"], self.stdout
        assert len(words) == 2, self.stdout

    def assert_refused(self, code: int, *words: str) -> None:
        """Ended in order with this code and one line that says why."""
        assert self.exit_code == code, (self.exit_code, self.stderr)
        self.assert_clean()
        assert len(self.errors) == 1, self.errors
        assert "\n" not in self.errors[0]
        for word in words:
            assert word in self.errors[0], self.errors


def command(**settings: object) -> list[str]:
    words = [sys.executable, "-m", "media_service.worker"]
    for key, value in settings.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        words += [f"--{key.replace('_', '-')}", text]
    return words


def run(source: Path | str, output: Path | str, *, timeout_s: float = RUN_S, **settings: object) -> Run:
    """Passes the sound through unless `sts_service_url` is given."""
    mode: dict[str, object] = {"sts_mode": "passthrough"}
    if "sts_service_url" in settings:
        mode = {"source_language": "en", "target_language": "es"}
    # Runs may overlap, and the service would take two of one name for a worker that was started twice.
    name = f"formats-{uuid4().hex[:8]}"
    ends = {"stream_id": name, "input_url": source, "output_url": output, "realtime": False}
    return run_command(command(**{**ends, **SHORT, **mode, **settings}), timeout_s)


def run_command(words: list[str], timeout_s: float = RUN_S) -> Run:
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=timeout_s, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired as late:
        told = (late.stderr or b"").decode(errors="replace")
        return Run(-9, "", told, _lines(told))
    return Run(done.returncode, done.stdout, done.stderr, _lines(done.stderr))


def _lines(told: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.splitlines() if line.startswith("{") and line.endswith("}")]
