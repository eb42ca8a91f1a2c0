"""`livedub demo`"""

import asyncio
import os
import sys
from dataclasses import asdict

import orjson

from livedub.demo.checks import Check
from livedub.demo.headless import check
from livedub.demo.run import show
from livedub.dub.screen import Screen
from livedub.dub.stop import Stopped
from livedub.errors import OK, CheckFailed
from livedub.settings import DemoSettings, Reading


def run(reading: Reading[DemoSettings]) -> int:
    """To be told to stop is how it ends, but for one that was to check itself."""
    screen = Screen(sys.stderr)
    try:
        if reading.settings.headless:
            return tell(asyncio.run(check(reading, os.environ, screen.say)), as_json=reading.settings.json)
        asyncio.run(show(reading, os.environ, screen))
    except Stopped:
        screen.say("stopped at once")
        if reading.settings.headless:
            raise CheckFailed("stopped before it had checked itself") from None
    return OK


def tell(checks: list[Check], *, as_json: bool) -> int:
    """Raises `CheckFailed`."""
    failed = [check.name for check in checks if not check.passed]
    if as_json:
        told = {"passed": not failed, "checks": [asdict(check) for check in checks]}
        sys.stdout.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        sys.stdout.write("".join(f"{check.line()}\n" for check in checks))
    sys.stdout.flush()
    if failed:
        raise CheckFailed(f"the demo's self-check failed: {', '.join(failed)}")
    return OK
