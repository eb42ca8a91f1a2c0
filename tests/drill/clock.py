"""A clock that is set while programs run, as by hand or by NTP: the wall clock jumps, the monotonic one does not.

libfaketime stands between a program and the kernel, and looks into a file for how much later it is.
"""

from pathlib import Path

from drill.scenario import Trouble
from drill.stand import Stand

_LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
STEPPED = {
    "LD_PRELOAD": str(_LIBRARY or "libfaketimeMT.so.1"),
    "FAKETIME_TIMESTAMP_FILE": "{folder}/clock",
    "FAKETIME_NO_CACHE": "1",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
}
"""Environment of a program whose clock is to be stepped."""
RIGHT = "+0"


def stepped(by_s: int) -> Trouble:
    """There, and back."""

    async def begin(stand: Stand) -> None:
        _set(stand.folder, f"{by_s:+d}")

    async def heal(stand: Stand) -> None:
        _set(stand.folder, RIGHT)

    return Trouble(begin, heal)


def _set(folder: Path, text: str) -> None:
    draft = folder / "clock.part"
    draft.write_text(f"{text}\n")
    draft.replace(folder / "clock")
