"""A connection that is over leaves nothing behind: no descriptor, no thread, no pipeline."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from formats.runs import run_command

Sample = Callable[..., Path]
SCRIPT = Path(__file__).with_name("reopen.py")
MOST_KIB_EACH = 100


def _assert_flat(*arguments: str | Path) -> None:
    ended = run_command([sys.executable, str(SCRIPT), *map(str, arguments)], timeout_s=40)
    assert ended.exit_code == 0, ended.stderr
    before, after = json.loads(ended.stdout)
    assert after["descriptors"] == before["descriptors"], (before, after)
    assert after["threads"] <= before["threads"] + 2, (before, after)
    assert after["resident_kib"] - before["resident_kib"] < 20 * MOST_KIB_EACH, (before, after)


@pytest.mark.parametrize("suffix", [".ts", ".mp4", ".mkv", ".flv"])
def test_a_source_that_is_closed_is_gone(suffix: str, sample: Sample) -> None:
    _assert_flat("source", sample(suffix))


@pytest.mark.parametrize("suffix", [".ts", ".mp4", ".mkv", ".flv"])
def test_an_output_that_is_closed_is_gone(suffix: str, sample: Sample, tmp_path: Path) -> None:
    _assert_flat("output", sample(".ts"), tmp_path / f"out{suffix}")
