"""`python -m media_service.orchestrator`, whose workers end as soon as they begin: thousands come and go."""

import sys

from media_service.orchestrator.run import run
from media_service.orchestrator.settings import load

if __name__ == "__main__":
    sys.exit(run(load(sys.argv[1:]), ("/bin/true",)))
