"""python -m sts_service.echo"""

import sts_service.server.lean  # noqa: F401 - before everything that imports socketio
from sts_service.echo import EchoSettings, create_app
from sts_service.server.run import main

DESCRIPTION = (
    "The fragment protocol without speech: returns the audio it is sent, and simulates faults on demand."
)

if __name__ == "__main__":
    raise SystemExit(
        main(EchoSettings, create_app, prog="python -m sts_service.echo", description=DESCRIPTION)
    )
