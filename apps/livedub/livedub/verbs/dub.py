"""`livedub dub`"""

import asyncio
import os
import signal
import sys

import orjson

from livedub.dub.lines import summary
from livedub.dub.run import Dubbing
from livedub.dub.screen import Screen
from livedub.dub.stop import Stopped
from livedub.errors import OK
from livedub.settings import DubSettings, Reading


def run(reading: Reading[DubSettings]) -> int:
    screen = Screen(sys.stderr)

    async def live() -> int:
        report = await Dubbing(reading, os.environ, screen).run()
        if reading.settings.json:
            sys.stdout.write(orjson.dumps(report.as_json(), option=orjson.OPT_APPEND_NEWLINE).decode())
        else:
            for line in summary(report):
                screen.say(line)
        return OK

    try:
        return asyncio.run(live())
    except Stopped as stopped:
        screen.say("stopped before the end: the output is not whole")
        # Whoever waits for us learns that it was the signal.
        signal.signal(stopped.signal, signal.SIG_DFL)
        os.kill(os.getpid(), stopped.signal)
        return OK
