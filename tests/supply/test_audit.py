"""`make audit` says what was found, and plainly where it could not ask."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from docs.page import TREE

WELL = {"name": "one", "version": "1.0", "vulns": []}
WEAK = {**WELL, "vulns": [{"id": "X-2026-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "two", "skip_reason": "not found"}


def says(*packages: Mapping[str, object]) -> str:
    """What pip-audit would print."""
    return f"echo '{json.dumps({'dependencies': packages, 'fixes': []})}'"


FOUND = f"{says(WELL, WEAK)}; exit 1"
UNREACHABLE = "echo 'ConnectionError: no route' >&2; exit 1"
NOBODY_KNOWS = says(UNKNOWN)
SOME_UNKNOWN = f'if [ $(wc -l <"$2") -eq 1 ]; then {says(WELL)}; else {says(WELL, UNKNOWN)}; fi'
CLEAN, LEAK = "exit 0", "echo 'history: 1 secrets'; exit 1"
ALL_WELL = says(WELL)


def audited(tree: Path, *, weaknesses: str, history: str) -> tuple[int, str]:
    """The script in a tree of its own, with programs that answer so."""
    for name, does in ((".venv-supply/bin/pip-audit", weaknesses), (".venv/bin/python", history)):
        file = tree / name
        file.parent.mkdir(parents=True)
        file.write_text(f"#!/bin/sh\n{does}\n")
        file.chmod(0o755)
    (tree / "scripts").mkdir()
    shutil.copy(TREE / "scripts/audit", tree / "scripts/audit")
    for lock in ("requirements.txt", "requirements-dev.txt"):
        (tree / lock).write_text("one==1.0\n    # via x\ntwo==2.0\n")
    done = subprocess.run(
        [sys.executable, tree / "scripts/audit"], capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("weaknesses", "history", "code", "told"),
    [
        (ALL_WELL, CLEAN, 0, "requirements-dev.txt: none of 2 packages has a known weakness"),
        (FOUND, CLEAN, 1, "requirements.txt: one 1.0: X-2026-1, mended in 1.1"),
        (ALL_WELL, LEAK, 1, "history: 1 secrets"),
        (
            UNREACHABLE,
            CLEAN,
            3,
            "NOT CHECKED, for the advisory service cannot be asked from here: Connection",
        ),
        (
            NOBODY_KNOWS,
            CLEAN,
            3,
            "NOT CHECKED, for the advisory service cannot be asked from here: it does not",
        ),
        (SOME_UNKNOWN, CLEAN, 3, "NOT CHECKED are 1 of 2: two"),
        (UNREACHABLE, LEAK, 1, "NOT CHECKED"),
    ],
    ids=["well", "weak", "a secret", "nobody there", "nobody knows", "one unknown", "nobody there, a secret"],
)
def test_the_exit_code_and_the_words_tell_what_was_done(
    tmp_path: Path, weaknesses: str, history: str, code: int, told: str
) -> None:
    returned, words = audited(tmp_path, weaknesses=weaknesses, history=history)
    assert returned == code
    assert told in words


def test_who_cannot_be_asked_is_asked_once(tmp_path: Path) -> None:
    _, told = audited(tmp_path, weaknesses=UNREACHABLE, history=CLEAN)
    assert told.count("NOT CHECKED") == 1
