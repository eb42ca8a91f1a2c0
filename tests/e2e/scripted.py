"""MediaMTX's way: its hook script is run by an RTMP server, and its list of paths tells of a publisher whose
hook was lost. MediaMTX itself cannot be had here: nginx runs the script, with MediaMTX's variables.
"""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from live.films import film
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme
from media_service.testmedia.recorder import Recorder
from orchestrator_process.mediamtx import FakeMediaMtx
from orchestrator_process.process import Orchestrator, until
from servers.rtmp import RtmpServer

from e2e.hook_house import at_s, hook_house
from e2e.house import LONG_S, TINY, House, Recording

HOOK = Path(__file__).resolve().parents[2] / "deploy/mediamtx-hook"
TOKEN = "hook-token-1"
SOURCE = "one"
TOLD, MISSED = "told", "missed"
AGAIN = 5
PLAYS_BYTES = 100_000
GRACE_S = 3.0


@dataclass(eq=False)
class Scripted:
    source: Media
    published_s: float = 0.0
    started_s: list[float] = field(default_factory=list)
    """By the orchestrator's log: of the stream whose hook came."""
    pids: dict[str, list[int]] = field(default_factory=dict)
    """Of a moment: the workers of the stream whose hook came."""
    exit_codes: list[int] = field(default_factory=list)
    """Of the script, run again and again while the stream was on air."""
    missed_pids: list[int] = field(default_factory=list)
    """The workers of the stream whose hook was lost."""
    left_s: float = 0.0
    """From the publishers' end until no worker was left."""
    recording: Recording | None = None
    logs: str = ""


async def play(house: House) -> Scripted:
    programme = Programme(**TINY, duration_s=100)
    file = await asyncio.to_thread(film, house.folder / "scripted.flv", programme)
    story = Scripted(await asyncio.to_thread(read, file))
    folder = house.folder / "scripted"
    async with AsyncExitStack() as stack:
        mediamtx = await stack.enter_async_context(FakeMediaMtx().serving())
        settings = {"mediamtx_api": mediamtx.url, "hook_token": TOKEN, "grace_s": GRACE_S}
        there = await stack.enter_async_context(hook_house(house, folder, _server, **settings))
        recorder = Recorder(there.server.url(f"{TOLD}-out"), folder / TOLD)
        story.recording = Recording(await stack.enter_async_context(recorder))
        mediamtx.ready = {f"live/{TOLD}-in": SOURCE, f"live/{MISSED}-in": "two"}
        told, missed = (there.publisher(file, name) for name in (TOLD, MISSED))
        await stack.enter_async_context(told)
        await there.until_on_air(TOLD)
        story.pids["on air"] = there.orchestrator.pids(TOLD)
        await stack.enter_async_context(missed)
        story.exit_codes = await asyncio.gather(
            *(_run_hook(there.orchestrator, "ready") for _ in range(AGAIN)),
            *(_run_hook(there.orchestrator, "not-ready", "another") for _ in range(AGAIN)),
        )
        await asyncio.to_thread(recorder.wait_for_bytes, PLAYS_BYTES, LONG_S)
        story.pids["after the hooks"] = there.orchestrator.pids(TOLD)
        await there.until_on_air(MISSED)
        story.missed_pids = there.orchestrator.pids(MISSED)
        await story.recording.end()
        mediamtx.ready = {}
        left_s = time.monotonic()
        for publisher in (told, missed):
            await asyncio.to_thread(publisher.kill)
        await until(lambda: not there.orchestrator.pids(), LONG_S, "end of the workers")
        story.left_s = time.monotonic() - left_s
        story.logs = there.logs()
        story.published_s = at_s(there.log_lines("published", TOLD)[0])
        story.started_s = [at_s(line) for line in there.log_lines("worker started", TOLD)]
    return story


def _server(folder: Path, orchestrator: Orchestrator) -> RtmpServer:
    """MISSED's hook is lost."""
    script = folder.with_name("hook.sh")
    variables = f"LIVEDUB_URL={orchestrator.url('')} LIVEDUB_HOOK_TOKEN={TOKEN} MTX_SOURCE_ID={SOURCE}"
    script.write_text(
        "#!/bin/sh\n"
        f'case "$MTX_PATH" in */{MISSED}-in) exit 0 ;; */*-out) exit 0 ;; esac\n'
        f"export PATH=/usr/bin:/bin {variables} MTX_SOURCE_TYPE=rtmpConn\n"
        f'exec {HOOK} "$1"\n'
    )
    script.chmod(0o700)
    run = f'/usr/bin/env MTX_PATH=$app/$name "MTX_QUERY=$args" {script}'
    return RtmpServer(folder, extra=f"exec_publish {run} ready; exec_publish_done {run} not-ready;")


async def _run_hook(orchestrator: Orchestrator, event: str, source: str = SOURCE) -> int:
    environ = {
        "PATH": os.environ["PATH"],
        "LIVEDUB_URL": orchestrator.url(""),
        "LIVEDUB_HOOK_TOKEN": TOKEN,
        "MTX_PATH": f"live/{TOLD}-in",
        "MTX_SOURCE_ID": source,
    }
    process = await asyncio.create_subprocess_exec(HOOK, event, env=environ)
    return await process.wait()
