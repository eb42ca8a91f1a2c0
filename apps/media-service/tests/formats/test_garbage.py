"""A file that is none, or none any more, ends the worker in order: never a fault of ours, never a hang."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from formats.runs import SHORT, Run, command, run, run_command

Sample = Callable[..., Path]
SUFFIXES = (".ts", ".mp4", ".mkv", ".flv")
MPEG = (".ts", ".mp4")
"""What is enough where the demuxer is not what matters."""


def _slow_beyond(quick: tuple[str, ...]) -> list[Any]:
    return [pytest.param(suffix, marks=[pytest.mark.slow][: suffix not in quick]) for suffix in SUFFIXES]


@pytest.mark.parametrize("suffix", _slow_beyond(MPEG))
def test_noise_and_an_empty_file_are_no_source(suffix: str, tmp_path: Path) -> None:
    noise, empty = tmp_path / f"noise{suffix}", tmp_path / f"empty{suffix}"
    noise.write_bytes(random.Random(suffix).randbytes(100_000))
    empty.touch()
    for ended in _side_by_side([noise, empty], tmp_path):
        ended.assert_refused(10)


@pytest.mark.parametrize("suffix", _slow_beyond(MPEG))
def test_a_truncated_file_plays_as_far_as_it_goes_or_is_refused(
    suffix: str, sample: Sample, tmp_path: Path
) -> None:
    whole = sample(suffix).read_bytes()
    cut = [tmp_path / f"{length}{suffix}" for length in (40, 700, len(whole) // 2)]
    for file in cut:
        file.write_bytes(whole[: int(file.stem)])
    for ended in _side_by_side(cut, tmp_path):
        _assert_in_order(ended)


@pytest.mark.parametrize("suffix", _slow_beyond(MPEG))
@pytest.mark.parametrize("count", [2, pytest.param(30, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
def test_flipped_bits_end_in_order(suffix: str, count: int, sample: Sample, tmp_path: Path) -> None:
    whole = sample(suffix).read_bytes()
    flipped = []
    for seed in range(count):
        chance = random.Random(f"{suffix} {seed}")
        data = bytearray(whole)
        # The header decides more than anything else.
        reach = len(data) if seed % 2 else 2000
        for _ in range(chance.choice((1, 10, 100))):
            data[chance.randrange(reach)] ^= 1 << chance.randrange(8)
        flipped.append(tmp_path / f"{seed}{suffix}")
        flipped[-1].write_bytes(data)
    for ended in _side_by_side(flipped, tmp_path):
        _assert_in_order(ended)


LOCKED = """
import sys, media_service.worker.lean
from media_service.pipeline.source import Source
from media_service.worker import inlet
from media_service.worker.__main__ import main
Source.poll = lambda self, most=200: []
inlet.FILE_NS = 10**9
sys.exit(main(sys.argv[1:]))
"""
"""As now and then on a truncated MP4: GStreamer waits for itself, and says nothing."""


def test_a_file_that_brings_nothing_is_left(sample: Sample, tmp_path: Path) -> None:
    ends = {"stream_id": "locked", "input_url": sample(".ts"), "output_url": tmp_path / "out.ts"}
    words = command(**ends, **SHORT, sts_mode="passthrough", realtime=False)
    words[1:3] = ["-c", LOCKED]
    run_command(words).assert_refused(10, "nothing has come")


def _side_by_side(files: list[Path], folder: Path) -> list[Run]:
    def play(file: Path) -> Run:
        return run(file, folder / f"{file.stem}-out{file.suffix}.ts")

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(play, files))


def _assert_in_order(ended: Run) -> None:
    """Broken sound, or pictures that a muxer cannot take, may be anybody's fault but ours."""
    assert ended.exit_code in (0, 10, 20), (ended.exit_code, ended.stderr[-3000:])
    # GStreamer's Matroska reader complains of itself when it means the file; that is a line like others.
    ended.assert_clean(but='"logger":"media_service.libraries"')
    assert len(ended.errors) == (ended.exit_code != 0), ended.errors
