"""`livedub serve`"""

import asyncio
import os
import sys

from livedub.dub.screen import Screen
from livedub.dub.stop import Stopped
from livedub.errors import OK
from livedub.serve.life import serve
from livedub.settings import Reading, ServeSettings


def run(reading: Reading[ServeSettings]) -> int:
    """To be told to stop is how it ends, however often."""
    screen = Screen(sys.stderr)
    try:
        asyncio.run(serve(reading.settings, reading.file, os.environ, screen.say))
    except Stopped:
        screen.say("stopped at once")
    return OK
