"""The command line as a process: what it says, and the exit code."""

import subprocess
import sys

from config_table.rows import arguments


def run(*given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "media_service.worker", *given], capture_output=True, text=True, timeout=30
    )


def test_a_wrong_setting_ends_the_start_with_one_line_and_two() -> None:
    ended = run(*arguments(max_inflight=0))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "python -m media_service.worker: WORKER_MAX_INFLIGHT: 0 is below 1\n"


def test_help_is_shown_without_loading_what_moves_media() -> None:
    ended = run("--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "--av-offset-ms" in ended.stdout
    loaded = subprocess.run(
        [sys.executable, "-c", "import media_service.worker.__main__, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=30,
    ).stdout.split()
    assert "media_service.config" in loaded
    assert not {"gi", "av", "numpy", "aiohttp", "socketio"} & set(loaded)
