"""A worker whose source means harm ends with the code of its input, says why, and has asked nobody else."""

import asyncio
import re
from pathlib import Path

import pytest
from formats.runs import SHORT, Run, command, run_command

from hostile_sources.house import INSIDE, OUTSIDE, listener, moved, playlist, site

SOON_S = 60.0


async def worker(url: str, folder: Path, **settings: object) -> Run:
    given: dict[str, object] = {
        "stream_id": "hostile",
        "input_url": url,
        "output_url": folder / "out.ts",
        **SHORT,
        "sts_mode": "passthrough",
        "source_grace_s": 1,
        **settings,
    }
    return await asyncio.to_thread(run_command, command(**given), SOON_S)


@pytest.mark.parametrize("way", ["segment", pytest.param("redirect", marks=pytest.mark.slow)])
async def test_a_playlist_leads_to_no_internal_server(way: str, tmp_path: Path) -> None:
    async with site(OUTSIDE) as outside, site(INSIDE, {"/secret.ts": b"secret"}) as inside:
        secret = f"{inside.url}/secret.ts"
        outside.pages["/a.m3u8"] = playlist(secret) if way == "segment" else moved(secret)
        ended = await worker(f"{outside.url}/a.m3u8", tmp_path)
        ended.assert_refused(10, "internal address")
        assert inside.asked == []


@pytest.mark.slow
async def test_a_segment_that_is_a_playlist_itself_leads_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "local.ts"
    file.write_bytes(b"\x47" * 188)
    async with site(OUTSIDE) as outside, site(INSIDE, {"/secret.ts": b"secret"}) as inside:
        within = playlist(f"{inside.url}/secret.ts", f"file://{file}")
        outside.pages |= {"/a.m3u8": playlist("b.ts", "c.ts"), "/b.ts": within, "/c.ts": within}
        ended = await worker(f"{outside.url}/a.m3u8", tmp_path)
        ended.assert_refused(10)
        assert inside.asked == []


@pytest.mark.parametrize("suffix", [".mp4", pytest.param(".mkv", marks=pytest.mark.slow)])
async def test_a_file_that_is_a_playlist_leads_nowhere(suffix: str, tmp_path: Path) -> None:
    async with site(INSIDE, {"/secret.ts": b"secret", "/a.m3u8": playlist("/secret.ts")}) as inside:
        file = tmp_path / f"a{suffix}"
        file.write_text(playlist(f"{inside.url}/secret.ts"))
        ended = await worker(str(file), tmp_path, realtime=False)
        ended.assert_refused(10)
        assert inside.asked == []


@pytest.mark.parametrize("status", ["302 Moved", pytest.param("301 Moved", marks=pytest.mark.slow)])
async def test_an_rtsp_server_leads_to_no_internal_server(status: str, tmp_path: Path) -> None:
    async with listener(INSIDE) as inside:
        async with listener(OUTSIDE, lambda asked: _moved(asked, status, inside.port)) as outside:
            ended = await worker(f"rtsp://{OUTSIDE}:{outside.port}/main", tmp_path)
            ended.assert_refused(10, "internal address")
            assert outside.heard
        assert inside.heard == []


def _moved(asked: bytes, status: str, port: int) -> bytes:
    number = re.search(rb"CSeq: (\d+)", asked)
    assert number is not None
    head = f"RTSP/1.0 {status}\r\nCSeq: {number[1].decode()}\r\n"
    return f"{head}Location: rtsp://{INSIDE}:{port}/main\r\n\r\n".encode()
