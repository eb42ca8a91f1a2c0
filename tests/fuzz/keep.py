"""`python -m fuzz.keep`: the committed corpus anew, of seeds and what runs have learnt, as small as can be.

Found crashers stay: a name that begins with `found-` is never taken away.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.campaign import CORPUS, KEPT, environment
from fuzz.targets import NAMES, load

MOST_BYTES = 14_000
"""Of a target, besides what was found."""
MOST_FILES = 60
FOUND = "found-"


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if not old.name.startswith(FOUND):
                old.unlink()
        seeds = sorted(set(load(name).seeds()), key=len)
        kept = [*seeds, *_best(name, seeds)]
        size = 0
        for data in kept[:MOST_FILES]:
            size += len(data)
            if size <= MOST_BYTES or data in seeds:
                (folder / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
        sizes = [path.stat().st_size for path in folder.iterdir()]
        sys.stdout.write(f"{name}: {len(sizes)} files, {sum(sizes)} bytes\n")


def _best(name: str, seeds: list[bytes]) -> list[bytes]:
    """The smallest of what runs have learnt that reaches what nothing before it does."""
    learnt = KEPT / name / "corpus"
    if not learnt.is_dir():
        return []
    with tempfile.TemporaryDirectory() as merged, tempfile.TemporaryDirectory() as known:
        for data in seeds:
            (Path(known) / hashlib.sha256(data).hexdigest()).write_bytes(data)
        # What the seeds reach already is not kept twice: libFuzzer leaves the first folder's files alone.
        command = [sys.executable, "-m", "fuzz.loop", name, "-merge=1", merged, known, str(learnt)]
        subprocess.run(command, env=environment(), cwd=CORPUS.parents[1], capture_output=True, check=True)
        found = [path.read_bytes() for path in Path(merged).iterdir()]
    return sorted((data for data in found if data not in seeds), key=len)


if __name__ == "__main__":
    main()
