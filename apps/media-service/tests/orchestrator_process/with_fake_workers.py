"""`python -m media_service.orchestrator`, with the workers of `fake_worker`."""

import sys
from pathlib import Path

from media_service.orchestrator.run import run
from media_service.orchestrator.settings import load

if __name__ == "__main__":
    command = (sys.executable, str(Path(__file__).with_name("fake_worker.py")))
    sys.exit(run(load(sys.argv[1:]), command))
