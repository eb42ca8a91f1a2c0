"""`livedub demo --headless`: goes on air, watches for a while as the page would, and judges."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from media_service.testmedia.recorder import Recorder

from livedub.demo.checks import Check, judge
from livedub.demo.feed import Listener
from livedub.demo.life import OnAir, on_air
from livedub.demo.measuring import measure
from livedub.demo.watching import Viewer
from livedub.demo.words import STREAM_ID
from livedub.dub.stop import Stop
from livedub.errors import SpeechServiceFailed, first_cause
from livedub.settings import DemoSettings, Reading

FIRST_DUB_S = 150.0
"""Until the first dubbed sentence is heard, on a machine however busy; a quarter of a minute is usual."""
RECORDED_S = 30.0

Say = Callable[[str], None]


async def check(reading: Reading[DemoSettings], environ: Mapping[str, str], say: Say) -> list[Check]:
    """Raises a `Failed`, or `Stopped`."""
    with Stop(lambda: False).heeded():
        async with on_air(reading, environ, say) as demo, _beside(demo.keep(say)):
            return await _watched(demo, reading.settings.on_air_s, say)


async def _watched(demo: OnAir, seconds: float, say: Say) -> list[Check]:
    begun_s = time.monotonic()
    listener = Listener(demo.served.page, STREAM_ID)
    original, dubbed = (_viewer(demo, which) for which in ("input", "output"))
    recorder = Recorder(demo.server.url(f"{STREAM_ID}-out"), demo.folder / "recorded")
    async with _beside(listener.listen()):
        async with _beside(original.watch()), _beside(dubbed.watch()):
            await _first_dub(listener)
            listened_s = time.monotonic()
            say(f"first dubbed sentence {listened_s - begun_s:.1f} s after the programme went on air")
            await asyncio.sleep(max(0.0, seconds - RECORDED_S))
            async with recorder:
                await asyncio.sleep(min(seconds, RECORDED_S))
            page = await _page(demo.served.page)
            ended_s = time.monotonic()
        slots, listened_s = list(listener.slots), ended_s - listened_s
    say("measuring")
    tally = listener.tally
    measured = await asyncio.to_thread(
        measure,
        page=page,
        original=original,
        dubbed=dubbed,
        watched_s=(original.watched_s(ended_s), dubbed.watched_s(ended_s)),
        output=recorder.file,
        slots=slots,
        listened_s=listened_s,
        originals=f"{tally.heard['original']} ({tally.why_original()})" if tally.reasons else "0",
    )
    return list(judge(measured))


async def _first_dub(listener: Listener) -> None:
    try:
        async with asyncio.timeout(FIRST_DUB_S):
            await listener.first_dubbed.wait()
    except TimeoutError:
        why = listener.tally.why_original() or "no fragment came back"
        raise SpeechServiceFailed(f"nothing was dubbed in {FIRST_DUB_S:.0f} s: {why}") from None


async def _page(address: str) -> tuple[int | None, int]:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http,
            http.get(f"{address}/") as answer,
        ):
            return answer.status, len(await answer.read())
    return None, 0


def _viewer(demo: OnAir, which: str) -> Viewer:
    url = f"{demo.served.page}/preview/{STREAM_ID}/{which}/index.m3u8"
    return Viewer(url, Path(demo.folder, f"{which}.ts"))


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs while the block does; a failure of it ends the block, and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work)
            yield
            task.cancel()
    except BaseExceptionGroup as several:
        raise first_cause(several) from several
