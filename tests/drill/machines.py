"""The machine: its memory, its disk, its clock."""

import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

from drill.clock import STEPPED, prepare, stepped
from drill.orchestrators import RETRY_S, START_S
from drill.scenario import DELAY_S, Promise, Scenario
from drill.stand import STREAM
from drill.troubles import NotFelt, disk_full, limited, nothing_written

if TYPE_CHECKING:
    from drill.stand import Stand

HOUR_S = 3600
DISK_FULL_S = 5.0
FAILS_S = 5.0
"""Until a worker needs memory that it does not get."""


def _resident_bytes(pid: int) -> int:
    """What it has of memory, and no more than that to come."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()


async def _worker_wrote_nothing(stand: "Stand") -> None:
    since_ns = time.monotonic_ns() - round(DISK_FULL_S * 1e9)
    if not stand.slots(since_ns):
        raise NotFelt("the worker had nothing to write")
    files = [stand.folder / f"{STREAM}.log", *(stand.folder / "segments").rglob("*.*")]
    nothing_written(files, DISK_FULL_S)


async def _orchestrator_keeps_nothing(stand: "Stand") -> None:
    """And says so to whoever wants something kept."""
    status, told = await stand.dubber.orchestrator.ask("POST", "/v1/streams", {"stream_id": "another"})
    if status not in (503, 507):
        raise NotFelt(f"a stream was added although the disk was full: {status} {told}")


MACHINES = (
    Scenario(
        "machine",
        "no memory",
        "its worker gets no more memory",
        limited("worker", resource.RLIMIT_AS, _resident_bytes, for_good=True),
        Promise(
            FAILS_S + RETRY_S + START_S + DELAY_S,
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
        disk_full("worker", _worker_wrote_nothing),
        Promise(reason="nothing changes: it writes no more files"),
        hold_s=DISK_FULL_S,
        short=True,
        settings={"segment_dir": "{folder}/segments"},
    ),
    Scenario(
        "machine",
        "disk full, of the orchestrator",
        "nothing can be written for 5 s: database, log",
        disk_full("orchestrator", _orchestrator_keeps_nothing),
        Promise(reason="streams run on; changes are refused"),
        hold_s=DISK_FULL_S,
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
