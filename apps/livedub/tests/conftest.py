"""How long a test may take before it counts as one that hangs, and a world without anybody's own settings."""

import os
from pathlib import Path

import pytest

PROGRAMS = ("running", "livedub_docs", "serving", "demo_live")
"""Rooms that start whole programs: on a busy machine those take several times their usual time."""
HANGS_S = 240
_OURS = ("LIVEDUB_", "WORKER_", "STS_", "ASR_", "TRANSLATION_", "TTS_", "WHISPER_", "MODEL_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rooms = {Path(__file__).with_name(name) for name in PROGRAMS}
    for item in items:
        if rooms & set(item.path.parents) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(HANGS_S))


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder without livedub.toml, where logs that are kept go with the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        monkeypatch.delenv(name)
