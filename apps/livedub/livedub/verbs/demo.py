"""`livedub demo`"""

import asyncio
import os
import sys

from livedub.demo.run import show
from livedub.dub.screen import Screen
from livedub.dub.stop import Stopped
from livedub.errors import OK
from livedub.settings import DemoSettings, Reading


def run(reading: Reading[DemoSettings]) -> int:
    """To be told to stop is how it ends, however often."""
    screen = Screen(sys.stderr)
    try:
        asyncio.run(show(reading, os.environ, screen))
    except Stopped:
        screen.say("stopped at once")
    return OK
