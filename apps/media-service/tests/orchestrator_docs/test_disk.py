"""What the orchestrator tells of its disk."""

import re
import shutil
from pathlib import Path

from media_service.orchestrator.metrics import OrchestratorMetrics


def told(folder: Path) -> dict[str, float]:
    metrics = OrchestratorMetrics()
    metrics.watch(dict, folder)
    found = re.findall(r"^(livedub_disk_\w+) (\S+)$", metrics.page().decode(), re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_the_disk_is_that_of_the_state_folder(tmp_path: Path) -> None:
    disk = shutil.disk_usage(tmp_path)
    found = told(tmp_path)
    assert found["livedub_disk_size_bytes"] == disk.total
    assert abs(found["livedub_disk_free_bytes"] - disk.free) < disk.total / 10


def test_a_folder_that_is_gone_is_no_error_and_no_value(tmp_path: Path) -> None:
    assert told(tmp_path / "gone") == {}
