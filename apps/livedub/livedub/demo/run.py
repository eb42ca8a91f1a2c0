"""`livedub demo` while it runs: with somebody before the page, or by itself."""

import asyncio
import time
from collections.abc import Mapping

import aiohttp

from livedub.demo.feed import Listener
from livedub.demo.life import OnAir, on_air
from livedub.demo.words import STREAM_ID
from livedub.dub import lines
from livedub.dub.screen import Screen
from livedub.dub.stop import Stop
from livedub.serve.life import until
from livedub.settings import DemoSettings, Reading

SHOWN_EVERY_S = 1.0


async def show(reading: Reading[DemoSettings], environ: Mapping[str, str], screen: Screen) -> None:
    """Until told to stop. Raises a `Failed`, or `Stopped` by a second signal."""
    stopping = asyncio.Event()
    runs = False

    def ask() -> bool:
        if runs:
            screen.say("ending the demo")
            stopping.set()
        return runs

    with Stop(ask).heeded():
        screen.status("starting")
        async with on_air(reading, environ, screen.say) as demo:
            runs = True
            await until(stopping, _shown(demo, screen))


async def _shown(demo: OnAir, screen: Screen) -> None:
    async with asyncio.TaskGroup() as group:
        listener = Listener(demo.served.page, STREAM_ID)
        group.create_task(demo.keep(screen.say))
        group.create_task(listener.listen())
        begun_s = time.monotonic()
        async with aiohttp.ClientSession() as http:
            while True:
                await listener.look(http)
                passed_s = time.monotonic() - begun_s
                if screen.is_terminal:
                    screen.status(lines.live(listener.tally, passed_s, listener.delay_ms))
                await asyncio.sleep(SHOWN_EVERY_S)
