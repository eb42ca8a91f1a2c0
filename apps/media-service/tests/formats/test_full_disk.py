"""An output file whose disk takes no more: the run ends, and what is recorded stays as it is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from live.measure import without_the_last
from media_service.testmedia.analysis import video_copied
from media_service.testmedia.media import read

from formats.runs import SHORT, Run, command, run_command

Sample = Callable[..., Path]
BLOCK = 512
"""What the shell counts a file's size in."""


def _limited(source: Path, out: Path, most: int) -> Run:
    """As on a disk with room for so many bytes."""
    ends = {"stream_id": "full", "input_url": source, "output_url": out, "sts_mode": "passthrough"}
    words = command(**ends, **SHORT, realtime=False)
    return run_command(["sh", "-c", f'ulimit -f {most // BLOCK}; exec "$@"', "sh", *words])


@pytest.fixture
def fat(sample: Sample) -> Path:
    """Much more than what waits in memory for a disk, or than a measurement of coverage writes."""
    return sample(".ts", duration_s=6.0, gop_s=1.0, video_bit_rate=2_000_000)


OTHERS = [pytest.param(suffix, marks=pytest.mark.slow) for suffix in (".ts", ".mkv", ".flv")]


@pytest.mark.parametrize("suffix", [".mp4", *OTHERS])
def test_a_full_disk_ends_the_run_with_20_and_the_recording_stays(
    suffix: str, fat: Path, tmp_path: Path
) -> None:
    out, most = tmp_path / f"out{suffix}", 600 * 1024
    _limited(fat, out, most).assert_refused(20, out.name)
    assert out.stat().st_size <= most
    found = video_copied(without_the_last(read(out, sound=False)), fat)
    assert found.whole, found
    assert found.first == 0, "from the beginning on"
    assert found.matched > 30


@pytest.mark.parametrize("suffix", [".mp4", pytest.param(".mkv", marks=pytest.mark.slow)])
def test_a_file_whose_end_finds_no_room_is_no_success(suffix: str, fat: Path, tmp_path: Path) -> None:
    whole, out = tmp_path / f"whole{suffix}", tmp_path / f"out{suffix}"
    assert _limited(fat, whole, 10**8).exit_code == 0
    _limited(fat, out, whole.stat().st_size - BLOCK).assert_refused(20, out.name)
