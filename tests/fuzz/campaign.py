"""One target's run in a process of its own: a crash of a library in C ends that one only."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT

TREE = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).resolve().parent / "corpus"
KEPT = TREE / ".fuzz"
"""What runs have learnt and found; not committed."""
LONGEST_UNIT_S = 10
MOST_MB = 1024
LARGEST = 8192
"""Bytes of an input."""
HEADS = ("target", "executions", "executions/s", "features", "most memory, MB", "new findings")
_PROGRESS = re.compile(r"#\d+|INFO: |WARNING: Failed|MS: |stat::|0x|artifact_prefix|Base64|\s*$")
_NAMES = ("crash-", "timeout-", "oom-", "leak-", "slow-unit-")


@dataclass(frozen=True)
class Played:
    target: str
    executions: int
    per_s: int
    features: int
    memory_mb: int
    findings: tuple[Path, ...]
    ended_well: bool
    told: tuple[str, ...]
    """The end of what it said, where it did not end well."""

    def row(self) -> str:
        named = ", ".join(str(path.relative_to(TREE)) for path in self.findings)
        shown = named or ("none" if self.ended_well else "it did not end well")
        return (
            f"| {self.target} | {self.executions} | {self.per_s} | {self.features} | {self.memory_mb} "
            f"| {shown} |"
        )


def play(target: str, seconds: float | None, runs: int | None) -> Played:
    """Gives up at the first finding, as libFuzzer does."""
    folder = KEPT / target
    learnt, found = folder / "corpus", folder / "found"
    for one in (learnt, found):
        one.mkdir(parents=True, exist_ok=True)
    before = set(_findings(found))
    bound = f"-runs={runs}" if runs else f"-max_total_time={max(1, round(seconds or 1))}"
    flags = [
        *(bound, f"-timeout={LONGEST_UNIT_S}", f"-rss_limit_mb={MOST_MB}", f"-max_len={LARGEST}"),
        *(f"-artifact_prefix={found}/", "-print_final_stats=1", "-report_slow_units=5"),
    ]
    command = [sys.executable, "-m", "fuzz.loop", target, *flags, str(learnt), str(CORPUS / target)]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=TREE / "tests", env=environment(), stdout=PIPE, stderr=STDOUT, check=False
    )
    took_s = time.monotonic() - began
    said = done.stdout.decode(errors="replace")
    executions = _last(r"number_of_executed_units: (\d+)", said) or _last(r"^#(\d+)\s", said)
    return Played(
        target,
        executions,
        round(executions / took_s),
        _last(r" ft: (\d+)", said),
        _last(r"peak_rss_mb:\s+(\d+)", said) or _last(r" rss: (\d+)Mb", said),
        tuple(sorted(set(_findings(found)) - before)),
        done.returncode == 0,
        () if done.returncode == 0 else _why(said),
    )


def _why(said: str) -> tuple[str, ...]:
    """Python's own words where there are any, and not how the search went."""
    lines = [line for line in said.splitlines() if not _PROGRESS.match(line)]
    return tuple(lines[-30:])


def _findings(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(_NAMES)]


def environment() -> dict[str, str]:
    """With the rooms of the tests on the path, and without coverage, which would only be slow."""
    rooms = (
        "tests",
        "libs/dubbing-protocol/tests",
        "apps/sts-service/tests",
        "apps/media-service/tests",
    )
    paths = os.pathsep.join(str(TREE / room) for room in rooms)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return {**kept, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}


def _last(pattern: str, text: str) -> int:
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1]) if found else 0
