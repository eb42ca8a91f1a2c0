"""python -m media_service.worker"""

import media_service.worker.lean  # noqa: F401, I001  # must be the first
import logging
import sys
import uuid
from collections.abc import Sequence

from media_service.config import load
from media_service.config.logs import start_logging
from media_service.config.settings import PROG
from media_service.config.urls import mask
from media_service.errors import SettingsWrong

log = logging.getLogger("media_service.worker")


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    try:
        settings = load(arguments)
    except SettingsWrong as error:
        sys.stderr.write(f"{PROG}: {error}\n")
        return error.exit_code
    run_id = uuid.uuid4().hex
    start_logging(settings, run_id)
    given, settings = settings, settings.with_free_output()
    if settings is not given:
        log.warning("the output is there already and is kept: writing %s", mask(settings.output_url))
    # Only now: GStreamer takes a while to load, and a wrong setting is said at once.
    from media_service.worker.process import run_worker

    return run_worker(settings, run_id)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
