"""A worker's run whose memory is watched, with less patience than on air."""

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formats.runs import COMPLAINTS, SHORT, command

HASTY = """
import sys, media_service.worker.lean
from media_service.worker import inlet
from media_service.worker.__main__ import main
inlet.FIRST_PACKET_NS = 2 * 10**9
sys.exit(main(sys.argv[1:]))
"""
SOON_S = 60.0


@dataclass(frozen=True)
class Weighed:
    exit_code: int
    """-9: it did not end."""
    most_mib: float
    told: str

    def assert_refused(self, code: int, most_mib: float) -> None:
        """Ended in order with this code and one line that says why, and stayed small."""
        lines: list[dict[str, Any]] = [json.loads(line) for line in self.told.splitlines()]
        errors = [line["message"] for line in lines if line["level"] == "error"]
        assert (self.exit_code, len(errors)) == (code, 1), self.told[-3000:]
        assert not any(word in self.told for word in COMPLAINTS), self.told[-3000:]
        assert self.most_mib < most_mib


async def weighed(url: str, folder: Path) -> Weighed:
    words = command(
        stream_id="hostile",
        input_url=url,
        output_url=folder / "out.ts",
        **{**SHORT, "sts_mode": "passthrough", "source_grace_s": 3},
    )
    words[1:3] = ["-c", HASTY]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words[1:], stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    most = 0.0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, _peak_mib(process.pid))
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    try:
        async with asyncio.timeout(SOON_S):
            _, told = await process.communicate()
        return Weighed(process.returncode or 0, most, told.decode(errors="replace"))
    except TimeoutError:
        process.kill()
        _, told = await process.communicate()
        return Weighed(-9, most, told.decode(errors="replace"))
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _peak_mib(pid: int) -> float:
    """The most it ever held."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
