import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sts_service.fitting import stretch

from fitting_table.voices import PITCH_HZ, pitch_hz, voice

NONSENSE = "for last; do :; done; echo nonsense > $last"
WAYS = [stretch.PROGRAM, stretch.LIBRARY]


_searches = stretch.stretcher, stretch._program


@pytest.fixture(autouse=True)
def fresh_search() -> Iterator[None]:
    """What was found is remembered for the life of a service; here for a test."""
    yield
    for search in _searches:
        search.cache_clear()


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """One of that name, and no other on the path."""
    file = tmp_path / stretch.PROGRAM
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    stretch.stretcher.cache_clear()
    stretch._program.cache_clear()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("seconds", "length"), [(2.0, 60_000), (2.0, 40_001), (0.3, 8_999), (2.0, 48_000)])
def test_each_way_gives_exactly_the_length_at_the_same_pitch_and_level(
    way: str, seconds: float, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == stretch.PROGRAM and stretch._program() is None:
        pytest.skip("the program is not installed")
    if way == stretch.LIBRARY:
        pytest.importorskip("python_stretch")
    monkeypatch.setattr(stretch, "stretcher", lambda: way)
    spoken = voice(seconds, silence_s=0.0)
    result = stretch.stretched(spoken, 24_000, length)
    assert result is not None
    assert result.shape == (length,)
    assert result.dtype == np.float32
    inside = slice(length // 5, -length // 5)
    assert pitch_hz(result[inside], 24_000) == pytest.approx(PITCH_HZ, rel=0.01)
    assert np.sqrt(np.mean(result[inside] ** 2)) == pytest.approx(np.sqrt(np.mean(spoken**2)), rel=0.15)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("length", [40_000, 60_000])
def test_each_way_keeps_a_moment_in_its_place(way: str, length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == stretch.PROGRAM and stretch._program() is None:
        pytest.skip("the program is not installed")
    if way == stretch.LIBRARY:
        pytest.importorskip("python_stretch")
    monkeypatch.setattr(stretch, "stretcher", lambda: way)
    word = np.zeros(48_000, np.float32)
    word[22_800:25_200] = voice(0.1, silence_s=0.0)
    result = stretch.stretched(word, 24_000, length)
    assert result is not None
    power = result.astype(np.float64) ** 2
    middle = float(np.dot(power, np.arange(length)) / power.sum())
    # The word's own middle lies a little off, as its level is not even.
    own = float(np.dot(word.astype(np.float64) ** 2, np.arange(48_000)) / np.dot(word, word))
    assert middle == pytest.approx(own * length / 48_000, abs=24 * 15)


def test_the_program_comes_before_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "echo 3.1.2")
    assert stretch.stretcher() == stretch.PROGRAM


@pytest.mark.parametrize("script", ["echo 1.9.0", "echo none", "exit 1"])
def test_a_program_without_the_finer_engine_is_not_used(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, script)
    assert stretch.stretcher() in (stretch.LIBRARY, None)


def test_where_nothing_is_installed_nothing_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "python_stretch", None)
    stretch.stretcher.cache_clear()
    stretch._program.cache_clear()
    assert stretch.stretcher() is None
    assert stretch.stretched(voice(0.2), 24_000, 5_000) is None


@pytest.mark.parametrize("script", ["exit 3", "true", NONSENSE, "exec sleep 30"])
def test_a_program_that_fails_or_hangs_leaves_the_speed_as_it_is(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = '[ "$1" = --version ] && echo 3.1.2 && exit'
    program(tmp_path, monkeypatch, f"{version}\nexec sh -c '{script}' x \"$@\"")
    monkeypatch.setattr(stretch, "_TIMEOUT_S", 0.3)
    assert stretch.stretched(voice(0.2), 24_000, 5_000) is None
    assert "keeps its natural speed" in caplog.text


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[Any] = []
    monkeypatch.setattr(stretch, "stretcher", lambda: stretch.PROGRAM)
    monkeypatch.setattr(stretch, "_program", lambda: stretch.PROGRAM)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: seen.append(command))
    assert stretch.stretched(voice(0.2), 24_000, 5_000) is None
    assert seen
    assert not list(tmp_path.iterdir())


def test_nothing_is_not_stretched() -> None:
    assert stretch.stretched(np.zeros(0, np.float32), 24_000, 100) is None
    assert stretch.stretched(voice(0.1), 24_000, 0) is None
