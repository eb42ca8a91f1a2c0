"""The commands of a page, and how they are run: in a folder of the test's, with addresses that are free."""

import os
import shlex
import subprocess
from pathlib import Path

from docs.page import TREE, sections

PAGES = [
    TREE / "README.md",
    TREE / "deploy/README.md",
    *sorted(TREE.glob("docs/*.md")),
    *sorted(TREE.glob("apps/*/README.md")),
]


def name(page: Path) -> str:
    return str(page.relative_to(TREE))


def shown(page: Path | str) -> list[str]:
    """Its commands, a line each."""
    (whole, *_) = sections(TREE / page)
    lines = "\n".join(block.text for block in whole.blocks("sh")).replace("\\\n", "")
    return [line for line in lines.splitlines() if line.strip() and not line.startswith("#")]


def only(page: Path | str, *words: str) -> str:
    """The one command of the page that has all of these words."""
    (found,) = [line for line in shown(page) if all(word in line for word in words)]
    return found


def words_of(line: str, *replaced: tuple[str, str]) -> list[str]:
    """As a shell in the root of the tree would split it, to be run anywhere."""
    for here, there in replaced:
        line = line.replace(here, there)
    return [
        str(TREE / word) if word.startswith((".venv/", "scripts/")) else word for word in shlex.split(line)
    ]


def run(
    line: str, folder: Path, *replaced: tuple[str, str], timeout_s: float = 100, **env: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        words_of(line, *replaced),
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done
