"""A playlist over HTTP, whole or still growing."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from live.measure import assert_continuous, assert_in_sync, shifts
from media_service.testmedia.analysis import video_copied
from media_service.testmedia.media import read
from servers.ports import LOCAL

from formats.runs import run

Sample = Callable[..., Path]
END = "#EXT-X-ENDLIST"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[tuple[Path, str]]:
    """A folder, and where it is served."""
    folder = tmp_path / "site"
    folder.mkdir()
    app = web.Application()
    app.router.add_static("/", folder)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    listening = web.TCPSite(runner, LOCAL, 0)
    await listening.start()
    try:
        yield folder, f"http://{LOCAL}:{runner.addresses[0][1]}/index.m3u8"
    finally:
        await runner.cleanup()


def _segmented(source: Path, folder: Path) -> str:
    """The playlist's text; the segments are in the folder."""
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-i", source, "-c", "copy", "-f", "hls", "-hls_time", "1"),
            *("-hls_list_size", "0", "-hls_playlist_type", "vod", folder / "whole.m3u8"),
        ],
        check=True,
        timeout=60,
    )
    return (folder / "whole.m3u8").read_text()


async def _play(url: str, out: Path) -> None:
    ended = await asyncio.to_thread(run, url, out, timeout_s=120, realtime=True)
    assert ended.exit_code == 0, ended.stderr
    ended.assert_clean()


def _assert_played(source: Path, out: Path, *, least: int) -> None:
    recording, whole = read(out), read(source)
    copied = video_copied(recording, whole)
    assert copied.whole, copied
    assert copied.matched >= least, copied
    assert_in_sync(shifts(recording, whole), least=2)
    assert_continuous(recording)


async def test_a_whole_playlist_is_played_to_its_end(
    site: tuple[Path, str], sample: Sample, tmp_path: Path
) -> None:
    folder, url = site
    source = sample(".ts", duration_s=5.0, gop_s=1.0)
    (folder / "index.m3u8").write_text(_segmented(source, folder))
    await _play(url, tmp_path / "out.ts")
    _assert_played(source, tmp_path / "out.ts", least=150)


@pytest.mark.slow
async def test_a_playlist_that_grows_is_followed_until_it_ends(
    site: tuple[Path, str], sample: Sample, tmp_path: Path
) -> None:
    folder, url = site
    source = sample(".ts", duration_s=12.0, gop_s=1.0)
    lines = _segmented(source, folder).replace("VOD", "EVENT").replace(END, "").splitlines()
    ends = [number + 1 for number, line in enumerate(lines) if line.endswith(".ts")]

    async def grow() -> None:
        for end in ends[4:]:
            (folder / "index.m3u8").write_text("\n".join(lines[:end]) + "\n")
            await asyncio.sleep(1)
        (folder / "index.m3u8").write_text("\n".join([*lines, END]) + "\n")

    growing = asyncio.create_task(grow())
    await asyncio.sleep(0)
    await _play(url, tmp_path / "out.ts")
    await growing
    # A live source is joined some segments before its end.
    _assert_played(source, tmp_path / "out.ts", least=150)
