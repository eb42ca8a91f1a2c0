"""`livedub bench` hands over to the benchmarks of the tree."""

import os
from pathlib import Path

import pytest
from livedub.__main__ import main
from livedub.verbs import bench

TREE = Path(__file__).resolve().parents[4]


def test_the_benchmarks_get_their_flags_in_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[list[str], Path]] = []
    monkeypatch.setattr(os, "execv", lambda _, words: ran.append((words, Path.cwd())))
    bench.run(["bench", "worker", "--short"])
    ((words, folder),) = ran
    assert (words[1:], folder) == (["-m", "benchmarks", "worker", "--short"], TREE)
    assert (TREE / "benchmarks/__main__.py").is_file()


def test_where_there_is_no_tree_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "TREE", tmp_path)
    assert main(["bench"]) == 2
    assert capsys.readouterr().err.startswith("livedub: the benchmarks are in the source tree")
