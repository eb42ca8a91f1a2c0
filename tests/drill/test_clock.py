"""The clock of a program is set from outside while it runs."""

import sys
import time
from functools import partial
from pathlib import Path

from media_service.testmedia.program import Program

from drill.clock import STEPPED, prepare, step

HOUR_S = 3600
TELL = """
import datetime, sys, time
for _ in sys.stdin:
    now = time.time()
    print(now, datetime.datetime.now().timestamp(), time.time_ns() / 1e9, time.monotonic(), flush=True)
"""


def _has_more(program: Program, known: int) -> bool:
    return _lines(program) > known


def _lines(program: Program) -> int:
    return len(program.output().splitlines())


def test_the_wall_clock_jumps_and_the_monotonic_one_does_not(tmp_path: Path) -> None:
    prepare(tmp_path)
    env = {name: value.format(folder=tmp_path) for name, value in STEPPED.items()}
    with Program([sys.executable, "-c", TELL], tmp_path / "told", env=env) as program:
        for later_s in (0, HOUR_S, -HOUR_S, 0):
            step(tmp_path, later_s)
            known = _lines(program)
            program.write(b"now\n")
            program.wait_for(partial(_has_more, program, known), "its time", 30)
            *wall_s, monotonic_s = map(float, program.output().splitlines()[-1].split())
            assert all(abs(told - time.time() - later_s) < 30 for told in wall_s), (wall_s, later_s)
            assert abs(monotonic_s - time.monotonic()) < 30
