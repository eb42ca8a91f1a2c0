"""`python -m drill [--write] [--only WORDS]`: plays the scenarios and prints the table."""

import asyncio
import sys
import tempfile
from pathlib import Path

from drill.run import drill
from drill.scenarios import SCENARIOS
from drill.verdict import broken


def main(arguments: list[str]) -> int:
    wanted = [one for one in SCENARIOS if not arguments or any(word in one.name for word in arguments)]
    with tempfile.TemporaryDirectory() as folder:
        def told(scenario, found):
            f=found
            print(f"{scenario.name:40s} pause {f.sound_pause_ms:6.0f} lack {f.lack_ms:6.0f} av {len(f.av_ms)} {max(f.av_ms,key=abs,default=99):+.1f} orig {f.originals}/{f.slots} ({f.early_originals}) {f.agreement.blocks}/{f.agreement.wrong} rec {f.recovery_s:.1f} of {scenario.promise.recovery_s:.1f} late {f.machine_late_ms:.0f} {f.exit_code} {broken(scenario,f)}", flush=True)
        asyncio.run(drill(wanted, Path(folder), told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
