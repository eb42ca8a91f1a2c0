"""The command as a person meets it: help, wrong settings, signals, what is printed and what never is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from formats.runs import SHORT, command, run, run_command

Sample = Callable[..., Path]
KEY = "SECRETKEY123"


def test_help_lists_the_settings_and_ends_with_0() -> None:
    ended = run_command([*command(), "--help"])
    assert ended.exit_code == 0
    assert "--input-url" in ended.stdout
    assert not ended.stderr


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"input_url": "nowhere.mp4"}, "WORKER_INPUT_URL"),
        ({"input_url": f"ftp://user:{KEY}@host/file"}, "WORKER_INPUT_URL"),
        pytest.param({"output_url": "out.avi"}, "WORKER_OUTPUT_URL", marks=pytest.mark.slow),
        pytest.param({"stream_id": "no spaces"}, "WORKER_STREAM_ID", marks=pytest.mark.slow),
        pytest.param({"av_offset_ms": -1}, "WORKER_AV_OFFSET_MS", marks=pytest.mark.slow),
        ({"sts_mode": "enabled"}, "WORKER_"),
        pytest.param({"metrics_host": "0.0.0.0"}, "WORKER_", marks=pytest.mark.slow),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    changes: dict[str, Any], named: str, sample: Sample, tmp_path: Path
) -> None:
    ended = run(sample(".ts"), tmp_path / "out.ts", **changes)
    assert ended.exit_code == 2
    assert not ended.stdout
    assert ended.stderr.count("\n") == 1
    assert named in ended.stderr
    assert KEY not in ended.stderr
    assert not (tmp_path / "out.ts").exists()


@pytest.mark.parametrize(
    "url",
    [
        f"rtmp://127.0.0.1:9/live/{KEY}",
        f"rtsp://user:{KEY}@127.0.0.1:9/cam",
        f"srt://127.0.0.1:9?mode=caller&passphrase={KEY}&streamid={KEY}x",
        f"http://127.0.0.1:9/live/index.m3u8?token={KEY}",
    ],
)
def test_a_source_that_cannot_be_opened_keeps_its_secrets(url: str, tmp_path: Path) -> None:
    ended = run(url, tmp_path / "out.ts", realtime=True, source_grace_s=1, log_level="debug")
    ended.assert_refused(10)
    assert KEY not in ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_second_signal_stops_at_once_however_long_the_delay_is(sample: Sample, tmp_path: Path) -> None:
    words = command(
        stream_id="signals",
        input_url=sample(".ts", duration_s=8.0),
        output_url=tmp_path / "out.ts",
        sts_mode="passthrough",
        **{**SHORT, "segment_duration": 8, "av_offset_ms": 30_000},
    )
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline().startswith("port ")
            time.sleep(1)
            os.kill(worker.pid, signal.SIGTERM)
            time.sleep(1)
            assert worker.poll() is None, "the first signal lets it play out"
            os.kill(worker.pid, signal.SIGTERM)
            _, told = worker.communicate(timeout=30)
        finally:
            worker.kill()
    assert worker.returncode == 0, told
    assert "stopped at once" in told


def test_importing_the_settings_does_not_load_gstreamer() -> None:
    """So that a wrong setting is said at once."""
    check = (
        "import sys, media_service.config, media_service.worker.__main__ as m; sys.exit('gi' in sys.modules)"
    )
    assert run_command([sys.executable, "-c", check]).exit_code == 0
