"""The machine: its memory, its disk, its clock."""

import resource
from pathlib import Path

from drill.clock import STEPPED, prepare, stepped
from drill.orchestrators import START_S
from drill.scenario import DELAY_S, Promise, Scenario
from drill.troubles import limited

HOUR_S = 3600


def _resident_bytes(pid: int) -> int:
    """What it has of memory, and no more than that to come."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _none(pid: int) -> int:
    return 0


MACHINES = (
    Scenario(
        "machine",
        "no memory",
        "its worker gets no more memory",
        limited("worker", resource.RLIMIT_AS, _resident_bytes, for_good=True),
        Promise(
            DELAY_S + START_S + 10,
            interrupts=True,
            disconnects=True,
            originals="any",
            reason="a worker that fails is started again after 0.5 s",
        ),
        hold_s=0,
        orchestrated=True,
    ),
    Scenario(
        "machine",
        "disk full, of a worker",
        "nothing can be written for 5 s: segments, log",
        limited("worker", resource.RLIMIT_FSIZE, _none),
        Promise(reason="nothing changes: it writes no more files"),
        hold_s=5,
        short=True,
        settings={"segment_dir": "{folder}/segments"},
    ),
    Scenario(
        "machine",
        "disk full, of the orchestrator",
        "nothing can be written for 5 s: database, log",
        limited("orchestrator", resource.RLIMIT_FSIZE, _none),
        Promise(reason="streams run on"),
        hold_s=5,
        orchestrated=True,
    ),
    Scenario(
        "machine",
        "clock set forward",
        "an hour, for 5 s, at a worker",
        stepped(HOUR_S),
        Promise(reason="only the monotonic clock is used"),
        hold_s=5,
        prepare=prepare,
        settings={"env": STEPPED},
    ),
    Scenario(
        "machine",
        "clock set back",
        "an hour, for 5 s, at an orchestrator and its worker",
        stepped(-HOUR_S),
        Promise(reason="only the monotonic clock is used"),
        hold_s=5,
        orchestrated=True,
        prepare=prepare,
        settings=STEPPED,
    ),
)
