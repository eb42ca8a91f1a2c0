"""A secret that was committed and taken away again is found."""

import subprocess
import sys
from pathlib import Path

import pytest
from docs.page import TREE

SCAN = TREE / "scripts/history-scan"
KEY = "AKIA" + "Q3EGRXKZ7WTBPLMN"


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True, timeout=30)


def scanned(folder: Path, timeout_s: float = 60) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, SCAN, folder], capture_output=True, text=True, timeout=timeout_s, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "settings.py").write_text('name = "nothing to hide"\n')
    (tmp_path / "picture.bin").write_bytes(b"\0" + KEY.encode())
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_a_history_without_secrets_is_none(repository: Path) -> None:
    code, lines = scanned(repository)
    assert code == 0
    assert lines[-1].startswith("history: 0 secrets in 1 commits")


def test_what_was_taken_away_again_is_found_and_not_shown(repository: Path) -> None:
    folder = repository / "app"
    folder.mkdir()
    (folder / "settings.py").write_text(f'\naws_key = "{KEY}"\n')
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "by mistake")
    git(repository, "rm", "-q", "-r", "app")
    git(repository, "commit", "-q", "-m", "taken away")
    code, lines = scanned(repository)
    assert code == 1
    assert len(lines) == 2
    assert lines[0].endswith(" app/settings.py:2: AWS Access Key")
    assert KEY not in "\n".join(lines)


def test_what_stands_on_another_branch_is_found_too(repository: Path) -> None:
    git(repository, "switch", "-q", "-c", "other")
    (repository / "key.txt").write_text(f"{KEY}\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "elsewhere")
    git(repository, "switch", "-q", "main")
    assert scanned(repository)[0] == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_our_own_history_holds_none() -> None:
    code, lines = scanned(TREE, timeout_s=800)
    assert (code, lines[:-1]) == (0, [])
