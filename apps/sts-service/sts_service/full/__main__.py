"""python -m sts_service.full"""

import os
import sys
from collections.abc import Sequence

from service_kit.settings import SettingError

import sts_service.server.lean  # noqa: F401 - before everything that imports socketio
from sts_service.engines.listing import listing
from sts_service.full import FullSettings, create_app
from sts_service.server.run import EXIT_OK, EXIT_SETTINGS, main

DESCRIPTION = (
    "Dubs live speech: the fragment protocol with transcription, translation and synthesis behind it. "
    "With --list-engines it prints every engine instead: is it here, why not, its languages, its licence."
)

PROG = "python -m sts_service.full"

LIST_ENGINES = "--list-engines"


def run(arguments: Sequence[str]) -> int:
    if LIST_ENGINES in arguments:
        rest = [argument for argument in arguments if argument != LIST_ENGINES]
        try:
            settings = FullSettings.load(rest, os.environ, prog=PROG, description=DESCRIPTION)
        except SettingError as error:
            sys.stderr.write(f"{PROG}: {error}\n")
            return EXIT_SETTINGS
        print(listing(settings))
        return EXIT_OK
    return main(FullSettings, create_app, prog=PROG, description=DESCRIPTION, arguments=arguments)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
