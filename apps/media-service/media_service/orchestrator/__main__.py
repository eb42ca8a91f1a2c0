"""python -m media_service.orchestrator"""

import sys
from collections.abc import Sequence

from media_service.orchestrator.errors import SettingsWrong
from media_service.orchestrator.settings import PROG, load


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    try:
        settings = load(arguments)
    except SettingsWrong as error:
        sys.stderr.write(f"{PROG}: {error}\n")
        return error.exit_code
    # Only now: the web framework takes a while to load, and a wrong setting is said at once.
    from media_service.orchestrator.run import run

    return run(settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
