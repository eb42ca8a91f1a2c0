"""A clock that is set while programs run, by hand or NTP: the wall clock jumps, the monotonic one does not.

`clock_step.c` stands between a program and the kernel. (libfaketime does that too, but makes a program of
many threads stand still for seconds.)
"""

import subprocess
from pathlib import Path

from drill.scenario import Trouble
from drill.stand import Stand

SECOND_NS = 1_000_000_000
STEPPED = {"LD_PRELOAD": "{folder}/clock_step.so", "CLOCK_STEP_FILE": "{folder}/clock"}
"""Environment of a program whose clock is to be stepped."""


def prepare(folder: Path) -> None:
    """What `STEPPED` names. Its clock is right."""
    source = Path(__file__).with_name("clock_step.c")
    shared = ("-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", folder / "clock_step.so", source, "-ldl")
    subprocess.run(["gcc", *shared], check=True, timeout=60)
    step(folder, 0)


def step(folder: Path, by_s: int) -> None:
    """From now on it is later by so much than it is."""
    with (folder / "clock").open("r+b" if (folder / "clock").exists() else "wb") as file:
        file.write((by_s * SECOND_NS).to_bytes(8, "little", signed=True))


def stepped(by_s: int) -> Trouble:
    """There, and back."""

    async def begin(stand: Stand) -> None:
        step(stand.folder, by_s)

    async def heal(stand: Stand) -> None:
        step(stand.folder, 0)

    return Trouble(begin, heal)
