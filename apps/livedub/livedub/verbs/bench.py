"""`livedub bench`: the benchmarks, which live beside the packages in the source tree."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from livedub.errors import SettingsWrong

TREE = Path(__file__).resolve().parents[4]


def run(given: Sequence[str]) -> int:
    """Does not come back: this process becomes the benchmark."""
    _, *flags = given
    if not (TREE / "benchmarks/__main__.py").is_file():
        raise SettingsWrong(
            "the benchmarks are in the source tree, and this livedub was not installed from one"
        )
    os.chdir(TREE)
    os.execv(sys.executable, [sys.executable, "-m", "benchmarks", *flags])
