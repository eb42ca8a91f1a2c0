"""The demo from start to end: everything in one folder that goes, every process ended."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from livedub.demo import programs, words
from livedub.demo.newsroom import Newsroom
from livedub.demo.server import MediaServer, free_port, is_free
from livedub.demo.words import STREAM_ID
from livedub.dub.log import Log
from livedub.dub.plan import without
from livedub.errors import SettingsWrong
from livedub.serve.life import Served, serving
from livedub.settings import ConfigFile, DemoSettings, Reading, ServeSettings

HOOKS = "/v1/nginx-rtmp/events"
STOP_S = 0.5
"""Nobody waits for the end of a demo."""
EMBEDDED = {"ASR_ENGINE": "pocketsphinx", "TRANSLATION_ENGINE": "apertium", "TTS_ENGINE": "espeak"}
"""Unless somebody says otherwise: no key is used, no model loaded, nothing leaves this machine."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class OnAir:
    served: Served
    server: MediaServer
    newsroom: Newsroom
    folder: Path

    async def keep(self, say: Say) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.served.keep(lambda line: None))
            group.create_task(self.server.keep(say))
            group.create_task(self.newsroom.keep(say))


def port_of(
    name: str, reading: Reading[DemoSettings], say: Say, free: Callable[[int], bool] = is_free
) -> int:
    """The next one where nobody asked for this one and it is taken. Raises `SettingsWrong`."""
    wanted = reading.given[name]
    if wanted.value == 0 or free(wanted.value):
        return int(wanted.value)
    if wanted.origin != "default":
        raise SettingsWrong(f"{wanted.origin}: port {wanted.value} is in use")
    port = free_port(wanted.value, free=free)
    say(f"port {wanted.value} is in use: {port} is used instead")
    return port


def settings_of(port: int, rtmp_port: int, state_dir: Path) -> ServeSettings:
    place = f"rtmp://127.0.0.1:{rtmp_port}"
    return ServeSettings(
        port=port,
        state_dir=str(state_dir),
        ingest_path="live/{id}-in",
        ingest_url=f"{place}/live/{{id}}-in",
        output_url=f"{place}/live/{{id}}-out",
        allow_inputs=f"public,{place}",
        allow_outputs=f"public,{place}",
        stop_s=STOP_S,
    )


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without anybody's settings of livedub and its workers: a demo has none."""
    return {**EMBEDDED, **without(environ, "LIVEDUB_", "WORKER_")}


@contextlib.asynccontextmanager
async def on_air(
    reading: Reading[DemoSettings], environ: Mapping[str, str], say: Say
) -> AsyncIterator[OnAir]:
    """The programme is on air, and the page is there. Raises a `Failed`, the log with it."""
    programs.check()
    say(words.BEGIN)
    port, rtmp_port = port_of("port", reading, say), port_of("rtmp_port", reading, say)
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="livedub-demo-") as name, Log(None) as log:
        folder = Path(name)
        settings = settings_of(port, rtmp_port, folder / "state")
        async with contextlib.AsyncExitStack() as held:
            served = await held.enter_async_context(
                serving(settings, ConfigFile(), environment(environ), log)
            )
            server = MediaServer(folder / "nginx", rtmp_port, served.page + HOOKS, log)
            newsroom = Newsroom(server.url(f"{STREAM_ID}-in"), log)
            held.push_async_callback(server.end)
            await server.start()
            for line in words.introduction(served.page, rtmp_port):
                say(line)
            there_s = time.monotonic() - begun_s
            if served.embedded is not None:
                # Only now does it begin, so that its first sentence is dubbed too.
                await served.embedded.until_ready()
                for line in words.speaking(served.embedded.engines):
                    say(line)
            held.push_async_callback(newsroom.end)
            await newsroom.start()
            say(f"on air after {time.monotonic() - begun_s:.1f} s (the page after {there_s:.1f} s)")
            yield OnAir(served, server, newsroom, folder)
