"""A connection: how it is fed, and that it leaves nothing behind: no descriptor, no thread, no pipeline."""

import json
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from formats.runs import run_command

Sample = Callable[..., Path]
SCRIPT = Path(__file__).with_name("reopen.py")
MOST_KIB_EACH = 100


def _assert_flat(*arguments: str | Path) -> None:
    ended = run_command([sys.executable, str(SCRIPT), *map(str, arguments)], timeout_s=120)
    assert ended.exit_code == 0, ended.stderr
    before, between, after = json.loads(ended.stdout)
    assert after["descriptors"] == before["descriptors"], (before, after)
    assert after["threads"] <= before["threads"] + 2, (before, after)
    # What is kept grows all the time; an arena that the C library takes for one thread more is taken once.
    grown = [
        later["resident_kib"] - sooner["resident_kib"] for sooner, later in pairwise((before, between, after))
    ]
    assert min(grown) < 10 * MOST_KIB_EACH, (before, between, after)


OTHERS = [pytest.param(suffix, marks=pytest.mark.slow) for suffix in (".mp4", ".mkv")]


@pytest.mark.parametrize("suffix", [".ts", ".flv", *OTHERS])
def test_a_source_that_is_closed_is_gone(suffix: str, sample: Sample) -> None:
    _assert_flat("source", sample(suffix))


@pytest.mark.parametrize("suffix", [".ts", ".flv", *OTHERS])
def test_an_output_that_is_closed_is_gone(suffix: str, sample: Sample, tmp_path: Path) -> None:
    _assert_flat("output", sample(".ts"), tmp_path / f"out{suffix}")


@pytest.mark.parametrize(("suffix", "most"), [(".ts", [600, 600]), (".flv", [20])])
def test_a_sink_has_room_for_all_until_it_has_begun(suffix: str, most: list[int], sample: Sample) -> None:
    """One that is full before it plays holds a lock that it needs to play: the opening never ends."""
    ended = run_command([sys.executable, str(SCRIPT), "room", str(sample(suffix))])
    assert ended.exit_code == 0, ended.stderr
    assert json.loads(ended.stdout) == [[0] * len(most), most]


def test_the_pictures_of_a_tick_leave_one_by_one(sample: Sample, tmp_path: Path) -> None:
    """As a list, of which Python holds an end too, they crash the process now and then, on a full machine."""
    words = [sys.executable, str(SCRIPT), "tick", str(sample(".ts")), str(tmp_path / "out.ts")]
    ended = run_command(words)
    assert ended.exit_code == 0, ended.stderr
    assert json.loads(ended.stdout) == ["BUFFER"] * 3
